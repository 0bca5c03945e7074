#!/usr/bin/env python3
"""confluent-kafka for Python reads every topic of a run: counts, headers, values.

usage: read_run.py BROKER REGISTRY_URL [PREFIX]

BROKER is `network serve` or a Kafka broker, PREFIX what stands before a run's topics there. Message types are compiled from
the registry's own texts; every record with a schema goes through ProtobufDeserializer. Prints a line a topic, as
read_run_kafkajs.sh does, so that the two can be compared: TOPIC RECORDS [WHAT IS WRONG], then "N passed, N failed".
"""
import importlib
import os
import struct
import subprocess
import sys
import tempfile

from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

ATTRIBUTES = {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"}
UNFRAMED = {"_schemas", "truth.city", "citybrain"}  # JSON of the registry; the evaluator's own; the identity


class Messages:
    """Python's classes for the messages of the registry's texts."""

    def __init__(self, client, folder):
        self.client, self.folder, self.modules = client, folder, {}
        sys.path.insert(0, folder)

    def type_of(self, value):
        schema_id = struct.unpack(">I", value[1:5])[0]
        if schema_id not in self.modules:
            name = f"schema_{schema_id}"
            with open(os.path.join(self.folder, name + ".proto"), "w") as f:
                f.write(self.client.get_schema(schema_id).schema_str)
            subprocess.run([sys.executable, "-m", "grpc_tools.protoc", f"-I{self.folder}", f"--python_out={self.folder}",
                            os.path.join(self.folder, name + ".proto")], check=True)
            self.modules[schema_id] = importlib.import_module(name + "_pb2")
        module = self.modules[schema_id]
        index = 0  # one byte 0, or: how many, then each, as zigzag varints
        if value[5] != 0:
            assert value[5] == 2 and value[6] < 128, "a nested message"
            index = value[6] >> 1
        return list(module.DESCRIPTOR.message_types_by_name.values())[index]._concrete_class


def read(broker, topic, partitions):
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "read_run", "enable.partition.eof": True,
                         "auto.offset.reset": "earliest", "enable.auto.commit": False, "check.crcs": True})
    consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
    ends = 0
    while ends < len(partitions):
        message = consumer.poll(60)
        assert message is not None, f"{topic}: nothing came for a minute"
        if message.error():
            assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
            ends += 1
        else:
            yield message
    consumer.close()


def check(topic, messages, types):
    """Number of records, and what is wrong with the first one that is."""
    n, ours = 0, topic.split(".", 1)[-1] if PREFIX else topic
    for m in messages:
        n += 1
        headers = dict(m.headers() or [])
        if "cb_origin" not in headers:
            return n, "no cb_origin"
        if ours in UNFRAMED:
            continue
        missing = ATTRIBUTES - headers.keys()
        if missing:
            return n, f"headers {sorted(missing)} are missing"
        kind = types.type_of(m.value())
        decode = DECODERS.get(kind)
        if decode is None:
            decode = DECODERS[kind] = ProtobufDeserializer(kind, {"use.deprecated.format": False}, types.client)
        value = decode(m.value(), SerializationContext(topic, MessageField.VALUE))
        size = 6 if m.value()[5] == 0 else 7
        if value.SerializeToString(deterministic=True) != kind.FromString(m.value()[size:]).SerializeToString(deterministic=True):
            return n, "decoded to another message"
    return n, ""


DECODERS = {}
PREFIX = ""


def main():
    global PREFIX
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    broker, url = sys.argv[1:3]
    PREFIX = sys.argv[3] + "." if len(sys.argv) == 4 else ""
    failed = passed = 0
    with tempfile.TemporaryDirectory() as folder:
        types = Messages(SchemaRegistryClient({"url": url}), folder)
        listing = Consumer({"bootstrap.servers": broker, "group.id": "read_run"})
        topics = {t: sorted(d.partitions) for t, d in listing.list_topics(timeout=30).topics.items()
                  if t.startswith(PREFIX) and not t.startswith("__")}
        listing.close()
        for topic in sorted(topics):
            n, wrong = check(topic, read(broker, topic, topics[topic]), types)
            print(topic[len(PREFIX):], n, wrong)
            passed, failed = passed + (not wrong), failed + bool(wrong)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
