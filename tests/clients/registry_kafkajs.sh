#!/bin/sh
# @kafkajs/confluent-schema-registry against a running schema registry: registers, encodes, decodes.
# usage: registry_kafkajs.sh http://127.0.0.1:PORT
# Installs the package into a temporary folder, needs no broker, leaves nothing behind.
set -eu
url=${1:?"usage: $0 http://127.0.0.1:PORT"}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @kafkajs/confluent-schema-registry >&2
cat >check.js <<'JS'
const { SchemaRegistry, SchemaType } = require('@kafkajs/confluent-schema-registry')
const assert = require('assert')
const registry = new SchemaRegistry({ host: process.argv[2] })
let passed = 0
let failed = 0
async function check(name, work) {
  try { await work(); passed += 1; console.log('ok      ' + name) }
  catch (e) { failed += 1; console.log('FAILED  ' + name + ': ' + e.message) }
}
async function roundTrip(type, schema, subject, value) {
  const { id } = await registry.register({ type, schema }, { subject })
  const back = await registry.decode(await registry.encode(id, value))
  assert.deepEqual(JSON.parse(JSON.stringify(back)), value)
  assert.equal(await registry.getLatestSchemaId(subject), id)
  assert.equal(await registry.getRegistryId(subject, 1), id)
}
async function main() {
  const avro = n => JSON.stringify({ type: 'record', name: 'Js', namespace: 'acme',
    fields: [{ name: 'a', type: n ? 'string' : 'int' }] })
  await check('Avro round trip', () => roundTrip(SchemaType.AVRO, avro(0), 'js-avro', { a: 1 }))
  await check('Protobuf round trip', () => roundTrip(SchemaType.PROTOBUF,
    'syntax = "proto3";\npackage acme;\nmessage Js { string a = 1; int32 b = 2; }', 'js-proto', { a: 'x', b: 2 }))
  await check('JSON round trip', () => roundTrip(SchemaType.JSON,
    JSON.stringify({ title: 'Js', type: 'object', properties: { a: { type: 'string' } } }), 'js-json', { a: 'x' }))
  await check('an incompatible change is refused', () => assert.rejects(
    registry.register({ type: SchemaType.AVRO, schema: avro(1) }, { subject: 'js-avro' }), /incompatible/i))
  await check('an unknown id is refused', () => assert.rejects(registry.getSchema(99999), /not found/i))
  await check("the program's own schema is read", async () =>
    assert.ok(await registry.getSchema(18)))
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 ? 0 : 1)
}
main()
JS
node check.js "$url"
