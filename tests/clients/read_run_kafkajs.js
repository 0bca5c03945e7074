// kafkajs with @kafkajs/confluent-schema-registry reads every topic of a run, in a consumer group.
// usage: node read_run_kafkajs.js BROKER REGISTRY_URL OWN [PREFIX]      (NODE_PATH: where the two packages are)
// OWN is a file of `network read`: every value must be what our own reader read.
// Prints a line a topic: TOPIC RECORDS, then "N passed, N failed".
const fs = require('fs')
const { isDeepStrictEqual } = require('util')
const { Kafka, logLevel } = require('kafkajs')
const { SchemaRegistry } = require('@kafkajs/confluent-schema-registry')

const [broker, url, ownFile, given] = process.argv.slice(2)
const prefix = given ? given + '.' : ''
const unframed = new Set(['_schemas', 'truth.city'])
const kafka = new Kafka({ clientId: 'reader', brokers: [broker], logLevel: logLevel.ERROR })
const registry = new SchemaRegistry({ host: url })

const own = new Map()
for (const line of fs.readFileSync(ownFile, 'utf8').split('\n').filter(Boolean)) {
  const record = JSON.parse(line)
  own.set(`${record.topic}/${record.partition}/${record.position}`, record)
}

// protobufjs names a field so, and keeps floats of single precision as such.
const named = key => key[0] + key.slice(1).replace(/_([a-z])/g, (_, letter) => letter.toUpperCase())
function plain(value) {
  if (typeof value === 'number') return Math.fround(value) === value || !Number.isInteger(value) ? Math.fround(value) : value
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [named(key), plain(v)]))
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
      eachMessage: async ({ topic, partition, message }) => {
        quiet.at = Date.now()
        read += 1
        counts[topic] += 1
        const name = topic.slice(prefix.length)
        if (!message.headers.cb_origin) wrong[topic] = 'no cb_origin'
        if (name === 'citybrain') return // the log's own record of whose it is: no topic of the run
        const at = `${name}/${partition}/${message.offset}`
        const mine = own.get(at)
        if (!mine) wrong[topic] = `our own reader has no record ${at}`
        if (!mine) return
        if (unframed.has(name)) {
          if (message.value.toString('hex') !== mine.bytes) wrong[topic] = `record ${at} has other bytes`
          return
        }
        if (!message.headers.ce_id || !message.headers.ce_type) wrong[topic] = 'no CloudEvents attributes'
        try {
          const value = (await registry.decode(message.value)).toJSON()
          if (!isDeepStrictEqual(plain(value), plain(mine.value))) wrong[topic] = `record ${at} decoded to another message`
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
