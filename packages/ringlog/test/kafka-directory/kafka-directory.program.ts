/**
 * A real Kafka goes on with a partition that Ringlog has written, and Ringlog with what Kafka has made of it: the files
 * change hands as they are, and each recovers them as after a crash.
 */
import { kafkaTools, type KafkaTools } from '@ringlog/test-kit'
import { deepStrictEqual } from 'node:assert/strict'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Broker, Consumer, Producer, inspect } from 'ringlog'
import { RealKafka } from './real-kafka.ts'

const TOPIC = 'orders'
const AT = { topic: TOPIC, partition: 0 }
const OURS = 30_000
const THEIRS = 5_000
/** Each says in its own way which topic it is. */
const STAYS = 'partition.metadata'

interface Row {
  key: string | null
  value: string
}

const ours: Row[] = Array.from({ length: OURS }, (_, index) => ({
  key: index % 3 === 0 ? null : `key-${index % 100}`,
  value: `${index} ${'x'.repeat(index % 200)}`,
}))
const theirs: Row[] = Array.from({ length: THEIRS }, (_, index) => ({
  key: null,
  value: `theirs ${index} ${'y'.repeat(index % 300)}`,
}))

async function writeOurs(dataDirectory: string): Promise<void> {
  const broker = await Broker.start({ dataDirectory })
  await broker.createTopic(TOPIC, { segmentBytes: 2 ** 20 })
  for (const compression of ['none', 'gzip'] as const) {
    const producer = new Producer(broker, { compression })
    const [from, to] = compression === 'none' ? [0, OURS / 2] : [OURS / 2, OURS]
    await Promise.all(ours.slice(from, to).map((row) => producer.send({ ...AT, ...row })))
    await producer.close()
  }
  await broker.close()
}

/** Puts the files of a partition in the place of those of another one. */
async function handOver(from: string, to: string): Promise<void> {
  for (const name of await readdir(to)) if (name !== STAYS) await rm(path.join(to, name))
  await cp(from, to, { recursive: true, filter: (file) => path.basename(file) !== STAYS })
  // Nobody is to trust what was not read: the end of the session before was of other files.
  await rm(path.join(to, '../.kafka_cleanshutdown'), { force: true })
}

async function readByKafka(kafka: RealKafka, expected: readonly Row[]): Promise<void> {
  const lines = await kafka.consume(TOPIC, expected.length)
  const found = lines.map((line) => line.split('\t'))
  deepStrictEqual(
    found,
    expected.map(({ key, value }, offset) => [`Offset:${offset}`, String(key), value]),
  )
}

async function readByUs(dataDirectory: string, expected: readonly Row[]): Promise<void> {
  await using broker = await Broker.start({ dataDirectory })
  await using consumer = new Consumer(broker)
  await consumer.assign([AT])
  const found: Row[] = []
  while (found.length < expected.length) {
    for (const { key, value } of await consumer.poll()) {
      found.push({ key: key && String(key), value: String(value) })
    }
  }
  deepStrictEqual(found, expected)
  const producer = new Producer(broker)
  const { offset } = await producer.send({ ...AT, value: 'next' })
  deepStrictEqual(offset, expected.length)
}

async function exchange(tools: KafkaTools, folder: string): Promise<void> {
  const [dataDirectory, kafkaFolder] = [path.join(folder, 'ringlog'), path.join(folder, 'kafka')]
  await writeOurs(dataDirectory)
  const kafka = await RealKafka.format(tools, kafkaFolder)
  const [ourFolder, theirFolder] = [dataDirectory, kafka.dataFolder].map((each) =>
    path.join(each, `${TOPIC}-0`),
  ) as [string, string]
  try {
    await kafka.start()
    await kafka.createTopic(TOPIC)
    await kafka.stop()
    await handOver(ourFolder, theirFolder)
    await kafka.start()
    await readByKafka(kafka, ours)
    console.log(`Kafka has read ${OURS} records that Ringlog had written`)
    await kafka.produce(
      TOPIC,
      theirs.map(({ value }) => value),
    )
    await readByKafka(kafka, [...ours, ...theirs])
  } finally {
    await kafka.stop()
  }
  await handOver(theirFolder, ourFolder)
  await readByUs(dataDirectory, [...ours, ...theirs])
  const { partitions } = await inspect(dataDirectory)
  deepStrictEqual(partitions.map(({ damage }) => damage).filter(Boolean), [])
  console.log(`Ringlog has read these, and ${THEIRS} that Kafka had added to them, and goes on`)
}

const tools = await kafkaTools()
if (tools === null) console.log('skipped: there is no Java, or no mvn to fetch Kafka with')
else {
  const folder = await mkdtemp(path.join(tmpdir(), 'ringlog-kafka-directory-'))
  try {
    await exchange(tools, folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}
