#!/usr/bin/env python3
"""confluent-kafka for Python against a running schema registry: registers, looks up, round trips.

usage: registry_confluent_kafka.py http://127.0.0.1:PORT   (a registry of `./citybrain registry --port 0`)

Installs confluent-kafka and protoc's Python side into a temporary folder, needs no broker, leaves
nothing behind. Prints one line a check and "N passed, N failed"; exit code 1 when one failed.
"""
import os
import subprocess
import sys
import tempfile
import venv

PACKAGES = ["confluent-kafka[avro,json,protobuf,schemaregistry]", "grpcio-tools", "setuptools<80"]
PROTO = """syntax = "proto3";
package acme.v1;
import "google/protobuf/timestamp.proto";
message Reading {
  string sensor = 1;
  double value = 2;
  google.protobuf.Timestamp at = 3;
  message Part { int32 n = 1; }
  repeated Part parts = 4;
}
"""


def install(folder):
    venv.create(folder, with_pip=True)
    python = os.path.join(folder, "bin", "python")
    subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return python


def main():
    if len(sys.argv) == 2:
        with tempfile.TemporaryDirectory() as folder:
            python = install(folder)
            sys.exit(subprocess.run([python, os.path.abspath(__file__), sys.argv[1], folder]).returncode)
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(checks(sys.argv[1], sys.argv[2]))


def compiled(folder):
    with open(os.path.join(folder, "reading.proto"), "w") as f:
        f.write(PROTO)
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", f"-I{folder}", f"--python_out={folder}",
                    os.path.join(folder, "reading.proto")], check=True)
    sys.path.insert(0, folder)
    import reading_pb2
    return reading_pb2


def checks(url, folder):
    from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
    from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
    from confluent_kafka.schema_registry.error import SchemaRegistryError
    from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
    from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
    from confluent_kafka.serialization import MessageField, SerializationContext

    results = []

    def check(name, passed):
        results.append(bool(passed))
        print(("ok      " if passed else "FAILED  ") + name)

    def refused(call, status, code):
        try:
            call()
        except SchemaRegistryError as e:
            return e.http_status_code == status and e.error_code == code
        return False

    client = SchemaRegistryClient({"url": url})
    first = '{"type":"record","name":"Call","fields":[{"name":"place","type":"string"}]}'
    second = first[:-2] + ',{"name":"n","type":"int","default":0}]}'
    broken = first[:-2] + ',{"name":"m","type":"int"}]}'
    id1 = client.register_schema("calls-value", Schema(first, "AVRO"))
    check("registering twice gives one id", client.register_schema("calls-value", Schema(first, "AVRO")) == id1)
    check("the schema of an id", client.get_schema(id1).schema_str == first)
    id2 = client.register_schema("calls-value", Schema(second, "AVRO"))
    check("versions", client.get_versions("calls-value") == [1, 2] and id2 != id1)
    found = client.lookup_schema("calls-value", Schema(second, "AVRO"))
    check("lookup", (found.subject, found.version, found.schema_id) == ("calls-value", 2, id2))
    check("latest version", client.get_latest_version("calls-value").version == 2)
    check("an incompatible change is refused",
          refused(lambda: client.register_schema("calls-value", Schema(broken, "AVRO")), 409, 409))
    check("compatibility is tested", client.test_compatibility("calls-value", Schema(second, "AVRO"))
          and not client.test_compatibility("calls-value", Schema(broken, "AVRO")))
    client.set_compatibility(subject_name="calls-value", level="FULL_TRANSITIVE")
    check("compatibility is set", client.get_compatibility("calls-value") == "FULL_TRANSITIVE")
    check("a subject that is not there",
          refused(lambda: client.get_latest_version("nobody-value"), 404, 40401))
    check("deleting a version", client.delete_version("calls-value", 2) == 2 and client.get_versions("calls-value") == [1])
    check("deleting a subject", client.delete_subject("calls-value") == [1])
    check("deleting it for good", client.delete_subject("calls-value", permanent=True) in ([1, 2], [1]))
    check("the program's own schemas", "traffic_police.video_flow-value" in client.get_subjects()
          and client.get_latest_version("traffic_police.video_flow-value").schema_id == 18)

    reading = compiled(folder)
    where = SerializationContext("readings", MessageField.VALUE)
    serializer = ProtobufSerializer(reading.Reading, client, {"use.deprecated.format": False})
    message = reading.Reading(sensor="loop 7", value=1.5)
    message.at.seconds = 1700000000
    message.parts.add(n=3)
    data = serializer(message, where)
    deserializer = ProtobufDeserializer(reading.Reading, {"use.deprecated.format": False}, client)
    check("Protobuf round trip", deserializer(data, where) == message)
    nested = ProtobufSerializer(reading.Reading.Part, client, {"use.deprecated.format": False})
    part_where = SerializationContext("parts", MessageField.VALUE)
    part = reading.Reading.Part(n=9)
    check("Protobuf round trip of a nested message",
          ProtobufDeserializer(reading.Reading.Part, {"use.deprecated.format": False}, client)(
              nested(part, part_where), part_where) == part)
    latest = client.get_latest_version("readings-value")
    check("the serializer's references are known",
          all(client.get_version(r.subject, r.version).schema for r in latest.schema.references or []))
    again = client.register_schema("text-value", Schema(PROTO, "PROTOBUF"))
    check("the text of the same file is registered", again > 0)

    avro_where = SerializationContext("avro", MessageField.VALUE)
    avro = AvroSerializer(client, second)
    check("Avro round trip", AvroDeserializer(client)(avro({"place": "x", "n": 4}, avro_where), avro_where)
          == {"place": "x", "n": 4})
    text = '{"title":"T","type":"object","properties":{"a":{"type":"integer"}}}'
    json_where = SerializationContext("json", MessageField.VALUE)
    check("JSON round trip", JSONDeserializer(text, schema_registry_client=client)(
        JSONSerializer(text, client)({"a": 1}, json_where), json_where) == {"a": 1})
    client.register_schema("point-value", Schema('{"type":"record","name":"p.P","fields":[]}', "AVRO"))
    line = Schema('{"type":"record","name":"p.L","fields":[{"name":"a","type":"p.P"}]}', "AVRO",
                  [SchemaReference("p.P", "point-value", 1)])
    check("a schema with a reference", client.register_schema("line-value", line) > 0)
    check("what is referred to stays",
          refused(lambda: client.delete_version("point-value", 1), 422, 42206))
    passed = sum(results)
    print(f"{passed} passed, {len(results) - passed} failed")
    return 0 if passed == len(results) else 1


if __name__ == "__main__":
    main()
