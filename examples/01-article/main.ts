/** Ten records without a key, over three partitions: where they land, and the three offsets. */
import assert from 'node:assert/strict'
import { Broker, Consumer, Producer } from 'ringlog'

const TOPIC = 'mytopic'
const VALUES = 'abcdefghij'.split('')

/** One line of a drawn partition: a cell for each record. */
const cells = (texts: string[]): string => texts.map((text) => text.padStart(2)).join(' │')

const broker = await Broker.start()
await broker.createTopic(TOPIC, { partitions: 3 })

const producer = new Producer(broker)
await Promise.all(VALUES.map((value) => producer.send({ topic: TOPIC, value })))

const consumer = new Consumer(broker)
const partitions = [0, 1, 2].map((partition) => ({ topic: TOPIC, partition }))
await consumer.assign(partitions)

/** The values of each partition, by offset. */
const log: string[][] = [[], [], []]
for (let consumed = 0; consumed < VALUES.length;) {
  const records = await consumer.poll()
  for (const { partition, offset, value } of records) log[partition]![offset] = String(value)
  consumed += records.count
}

console.log(`topic ${TOPIC}: ten records without a key, a … j\n`)
for (const [partition, values] of log.entries()) {
  const line = values.map(() => '───').join('┬')
  console.log(`  offset        ${cells(values.map((_, offset) => String(offset)))}`)
  console.log(`              ┌${line}┐`)
  console.log(`  partition ${partition} │${cells(values)} │`)
  console.log(`              └${line.replaceAll('┬', '┴')}┘`)
}

const offsets = await broker.offsets(TOPIC)
const table = partitions.map((p) => ({
  partition: p.partition,
  'log-end offset': offsets[p.partition]!.logEndOffset,
  'current offset': consumer.currentOffset(p),
  'committed offset': offsets[p.partition]!.committedOffset,
}))
console.table(table)

assert.deepEqual(log, [
  ['a', 'd', 'g', 'j'],
  ['b', 'e', 'h'],
  ['c', 'f', 'i'],
])
assert.deepEqual(
  table.map((row) => [row['log-end offset'], row['current offset'], row['committed offset']]),
  [
    [3, 3, -1],
    [2, 2, -1],
    [2, 2, -1],
  ],
)

await broker.close()
