#!/usr/bin/env python3
"""confluent-kafka's ProtobufSerializer publishes a department's observations into a run on Kafka.

usage: write_observations.py BROKER REGISTRY_URL PREFIX

The run's city and connectors are there, its hub is not yet. Reads the cameras' own names (IdCrosswalk) from the run, then writes
GOOD reports of one camera, seen in the run's first second, and one of a camera that nobody has registered. Message types are
compiled from the registry's texts. Prints "wrote GOOD 1".
"""
import importlib
import os
import subprocess
import sys
import tempfile
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

GOOD = 3
BEIJING_MS = 8 * 3600 * 1000  # the department's clock, as if it were UTC
VIDEO, INVENTORY = "traffic_police.video_flow", "traffic_police.camera_inventory"
SERIALIZER = {"auto.register.schemas": False, "use.latest.version": True, "use.deprecated.format": False,
              "subject.name.strategy": lambda context, _: context.topic.split(".", 1)[1] + "-value"}


def message_of(url, topic, folder):
    """Python's class for the message of a topic: the first one of its schema."""
    client = SchemaRegistryClient({"url": url})  # its own: the client keeps a text where the serializer wants a descriptor
    name = topic.replace(".", "_")
    with open(os.path.join(folder, name + ".proto"), "w", encoding="utf-8") as f:
        f.write(client.get_latest_version(topic + "-value").schema.schema_str)
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", f"-I{folder}", f"--python_out={folder}",
                    os.path.join(folder, name + ".proto")], check=True)
    module = importlib.import_module(name + "_pb2")
    return list(module.DESCRIPTOR.message_types_by_name.values())[0]._concrete_class


def first_record(broker, topic):
    """The topic's first record, once it is there."""
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "write_observations", "enable.auto.commit": False})
    until = time.time() + 60
    while time.time() < until:
        if topic in consumer.list_topics(timeout=30).topics:
            consumer.assign([TopicPartition(topic, 0, 0)])
            message = consumer.poll(5)
            if message is not None and not message.error():
                consumer.close()
                return message
        time.sleep(0.1)
    sys.exit(f"{topic}: nothing came for a minute")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    broker, url, prefix = sys.argv[1:]
    client = SchemaRegistryClient({"url": url})
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        first = first_record(broker, f"{prefix}.{INVENTORY}")
        crosswalk = message_of(url, INVENTORY, folder)
        decode = ProtobufDeserializer(crosswalk, {"use.deprecated.format": False}, client)
        cameras = decode(first.value(), SerializationContext(first.topic(), MessageField.VALUE))
        camera, lane = cameras.entries[0].own.split("/")
        start_ms = first.timestamp()[1]  # simulated: the run begins
        report = message_of(url, VIDEO, folder)
        encode = ProtobufSerializer(report, client, SERIALIZER)
        producer = Producer({"bootstrap.servers": broker, "acks": "all"})
        topic = f"{prefix}.{VIDEO}"
        for i in range(GOOD + 1):
            value = report(camera=camera if i < GOOD else "nobody's camera", local_ms=start_ms + 1000 + BEIJING_MS)
            value.lanes.add(lane_no=int(lane), queue_count=2, queue_length_dm=140, speed_kmh_x10=310)
            headers = {"ce_specversion": "1.0", "ce_id": f"report-{i}", "ce_source": "outside/serializer", "ce_type": f"citybrain.{VIDEO}",
                       "ce_time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start_ms / 1000 + 1))}
            producer.produce(topic, encode(value, SerializationContext(topic, MessageField.VALUE)), partition=0,
                             timestamp=start_ms + 1000, headers=headers)
        assert producer.flush(60) == 0, "the broker did not take the records"
    print(f"wrote {GOOD} 1")


if __name__ == "__main__":
    main()
