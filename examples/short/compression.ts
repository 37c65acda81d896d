/** What compression saves: bytes in the ring; and that whoever reads does not see it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Broker, Consumer, Producer, type CompressionType } from 'ringlog'

const novel = readFileSync(new URL('../02-line-count/austen.txt', import.meta.url), 'utf8')
const lines = novel.split('\n').slice(0, 5_000)
const codecs: CompressionType[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

await using broker = await Broker.start()
const usedBytes: number[] = []
for (const compression of codecs) {
  const topic = `novel-${compression}`
  await broker.createTopic(topic)
  // A batch is compressed as a whole, in this thread: the larger it is, the more that saves.
  const producer = new Producer(broker, { compression })
  for (const value of lines) producer.write({ topic, value })
  await producer.flush()

  // Consumers need no setting: a batch says how it is compressed.
  const consumer = new Consumer(broker, { maxPollRecords: Infinity })
  await consumer.assign([{ topic, partition: 0 }])
  const read = [...(await consumer.poll())].map(({ value }) => String(value))
  assert.deepEqual(read, lines)

  const { topics } = await broker.metrics()
  const [{ usedBytes: bytes } = { usedBytes: 0 }] = topics.find(
    (t) => t.topic === topic,
  )!.partitions
  usedBytes.push(bytes)
  const share = Math.round((100 * bytes) / usedBytes[0]!)
  console.log(`${compression.padEnd(6)} ${lines.length} lines take ${share} % of the ring's bytes`)
}
for (const bytes of usedBytes.slice(1)) assert(bytes < usedBytes[0]! * 0.8)
