// kafkajs with @kafkajs/confluent-schema-registry reads every topic of a run, in a consumer group.
// usage: node read_run_kafkajs.js BROKER REGISTRY_URL [PREFIX]      (NODE_PATH: where the two packages are)
// Prints a line a topic: TOPIC RECORDS, then "N passed, N failed".
//
// @kafkajs/confluent-schema-registry knows the first message of a schema only: it takes the message indexes of Confluent's
// framing for zeros. So a record of another message is handed to it as what it understands: index 0, with `messageName`.
const { Kafka, logLevel } = require('kafkajs')
const { SchemaRegistry, SchemaType } = require('@kafkajs/confluent-schema-registry')
const protobuf = require('protobufjs')

const [broker, url, given] = process.argv.slice(2)
const prefix = given ? given + '.' : ''
const unframed = new Set(['_schemas', 'truth.city', 'citybrain'])
const kafka = new Kafka({ clientId: 'reader', brokers: [broker], logLevel: logLevel.ERROR })
const first = new SchemaRegistry({ host: url })
const others = {}

async function messageNames(id) {
  const { schema } = await (await fetch(`${url}/schemas/ids/${id}`)).json()
  const parsed = protobuf.parse(schema)
  return parsed.root.lookup(parsed.package).nestedArray.filter(n => n instanceof protobuf.Type).map(t => t.name)
}

async function decode(value) {
  if (value[5] === 0) return first.decode(value)
  const id = value.readUInt32BE(1)
  const index = value[6] >> 1 // one index, a zigzag varint
  const key = `${id}/${index}`
  if (!others[key])
    others[key] = messageNames(id).then(names => new SchemaRegistry({ host: url }, { [SchemaType.PROTOBUF]: { messageName: names[index] } }))
  return (await others[key]).decode(Buffer.concat([value.subarray(0, 5), Buffer.from([0]), value.subarray(7)]))
}

async function main() {
  const admin = kafka.admin()
  await admin.connect()
  const topics = (await admin.listTopics()).filter(t => t.startsWith(prefix) && !t.startsWith('__')).sort()
  const ends = {}
  for (const topic of topics)
    ends[topic] = (await admin.fetchTopicOffsets(topic)).reduce((sum, p) => sum + Number(p.high) - Number(p.low), 0)
  await admin.disconnect()
  const counts = Object.fromEntries(topics.map(t => [t, 0]))
  const wrong = {}
  const wanted = Object.values(ends).reduce((a, b) => a + b, 0)
  let read = 0
  const consumer = kafka.consumer({ groupId: 'reader-' + process.pid })
  await consumer.connect()
  await consumer.subscribe({ topics, fromBeginning: true })
  const quiet = { at: Date.now() }
  await new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      if (read >= wanted || Date.now() - quiet.at > 60000) { clearInterval(timer); resolve() }
    }, 50)
    consumer.run({
      eachMessage: async ({ topic, message }) => {
        quiet.at = Date.now()
        read += 1
        counts[topic] += 1
        const name = topic.slice(prefix.length)
        if (!message.headers.cb_origin) wrong[topic] = 'no cb_origin'
        if (unframed.has(name)) return
        if (!message.headers.ce_id || !message.headers.ce_type) wrong[topic] = 'no CloudEvents attributes'
        try {
          if (typeof (await decode(message.value)) !== 'object') wrong[topic] = 'decoded to no object'
        } catch (e) {
          wrong[topic] = e.message
        }
      },
    }).catch(reject)
  })
  await consumer.disconnect()
  let failed = 0
  for (const topic of topics) {
    if (!wrong[topic] && counts[topic] !== ends[topic]) wrong[topic] = `${ends[topic]} records are there`
    if (wrong[topic]) failed += 1
    console.log(topic.slice(prefix.length), counts[topic], wrong[topic] || '')
  }
  console.log(`${topics.length - failed} passed, ${failed} failed`)
  process.exit(failed === 0 && topics.length > 0 ? 0 : 1)
}
main().catch(e => { console.error(e); process.exit(1) })
