#!/usr/bin/env python3
"""confluent-kafka for Python reads every topic of a run: counts, headers, values.

usage: read_run.py BROKER REGISTRY_URL OWN [PREFIX]

BROKER is `network serve` or a Kafka broker, OWN a file of `network read` to hold every value against, PREFIX what stands before
a run's topics there. Message types are compiled from
the registry's own texts; every record with a schema goes through ProtobufDeserializer. Prints a line a topic, as
read_run_kafkajs.sh does, so that the two can be compared: TOPIC RECORDS [WHAT IS WRONG], then "N passed, N failed".
"""
import importlib
import json
import os
import struct
import subprocess
import sys
import tempfile

from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf.json_format import MessageToDict

ATTRIBUTES = {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"}
UNFRAMED = {"_schemas", "truth.city"}  # JSON of the registry; the evaluator's own


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
        assert value[5] == 0, "not the first message of its schema"
        return list(module.DESCRIPTOR.message_types_by_name.values())[0]._concrete_class


def same_floats(value):
    """JSON with every fraction as the float of single precision that it stands for."""
    if isinstance(value, float):
        return struct.unpack("f", struct.pack("f", value))[0]
    if isinstance(value, list):
        return [same_floats(v) for v in value]
    if isinstance(value, dict):
        return {k: same_floats(v) for k, v in value.items()}
    return value


def load_own(path):
    """What our own reader read: (topic, partition, position) -> its line."""
    own = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            own[record["topic"], record["partition"], record["position"]] = record
    return own


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


def check(topic, messages, types, own):
    """Number of records, and what is wrong with the first one that is."""
    n, ours = 0, topic.split(".", 1)[-1] if PREFIX else topic
    for m in messages:
        n += 1
        headers = dict(m.headers() or [])
        if "cb_origin" not in headers:
            return n, "no cb_origin"
        if ours == "citybrain":
            continue  # the log's own record of whose it is: no topic of the run
        mine = own.get((ours, m.partition(), m.offset()))
        if mine is None:
            return n, f"our own reader has no record {m.partition()}/{m.offset()}"
        if ours in UNFRAMED:
            if m.value().hex() != mine["bytes"]:
                return n, f"record {m.partition()}/{m.offset()} has other bytes"
            continue
        missing = ATTRIBUTES - headers.keys()
        if missing:
            return n, f"headers {sorted(missing)} are missing"
        kind = types.type_of(m.value())
        decode = DECODERS.get(kind)
        if decode is None:
            decode = DECODERS[kind] = ProtobufDeserializer(kind, {"use.deprecated.format": False}, types.client)
        value = decode(m.value(), SerializationContext(topic, MessageField.VALUE))
        if same_floats(MessageToDict(value, preserving_proto_field_name=True)) != same_floats(mine.get("value")):
            return n, f"record {m.partition()}/{m.offset()} decoded to another message"
    return n, ""


DECODERS = {}
PREFIX = ""


def main():
    global PREFIX
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    broker, url = sys.argv[1:3]
    own = load_own(sys.argv[3])
    PREFIX = sys.argv[4] + "." if len(sys.argv) == 5 else ""
    failed = passed = 0
    with tempfile.TemporaryDirectory() as folder:
        types = Messages(SchemaRegistryClient({"url": url}), folder)
        listing = Consumer({"bootstrap.servers": broker, "group.id": "read_run"})
        topics = {t: sorted(d.partitions) for t, d in listing.list_topics(timeout=30).topics.items()
                  if t.startswith(PREFIX) and not t.startswith("__")}
        listing.close()
        for topic in sorted(topics):
            n, wrong = check(topic, read(broker, topic, topics[topic]), types, own)
            print(topic[len(PREFIX):], n, wrong)
            passed, failed = passed + (not wrong), failed + bool(wrong)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
