/**
 * A log file through three topics, each stage in a thread of its own:
 *
 *   file ──pipeline()──▶ raw ──parse──▶ parsed ──enrich──▶ enriched ──pipeline()──▶ report
 *
 * and the same report made in this thread alone: both must come to the same.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Broker, Consumer, Producer, type ConsumerRecord } from 'ringlog'
import { Report, enrich, parse, type Enriched } from './stages.ts'

const DEFAULT_FILE = fileURLToPath(new URL('./access.log', import.meta.url))
const TOPICS = ['raw', 'parsed', 'enriched']

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file), crlfDelay: Infinity })
}

/** Each line becomes a record, keyed by the client's address, and an end marker follows the last. */
async function* recordsOf(file: string) {
  for await (const line of linesOf(file)) {
    yield { topic: 'raw', key: line.slice(0, line.indexOf(' ')), value: line }
  }
  yield { topic: 'raw', value: null }
}

async function reportByPipeline(file: string): Promise<Report> {
  await using broker = await Broker.start()
  // One partition each: the end marker is then behind everything else.
  for (const topic of TOPICS) await broker.createTopic(topic)
  const stages = ['parse', 'enrich'].map(
    (stage) => new Worker(new URL('./stage-worker.ts', import.meta.url), { workerData: { stage } }),
  )
  // A stage that is not assigned yet holds nothing back: a long file would overwrite its own start.
  await Promise.all(stages.map((stage) => once(stage, 'message')))
  const ended = stages.map((stage) => once(stage, 'exit'))

  const consumer = new Consumer(broker)
  await consumer.assign([{ topic: 'enriched', partition: 0 }])
  const report = new Report()
  const readable = consumer.toReadable()
  const aggregate = new Writable({
    objectMode: true,
    write: (record: ConsumerRecord, _encoding, done) => {
      if (record.value === null)
        void consumer.close() // ends the stream of records
      else report.add(JSON.parse(record.value.toString()) as Enriched)
      done()
    },
  })
  const producer = new Producer(broker)
  await Promise.all([
    pipeline(Readable.from(recordsOf(file)), producer.toWritable()),
    pipeline(readable, aggregate),
    ...ended,
  ])
  return report
}

async function reportAlone(file: string): Promise<Report> {
  const report = new Report()
  for await (const line of linesOf(file)) {
    const parsed = parse(line)
    if (parsed !== null) report.add(enrich(parsed))
  }
  return report
}

const file = process.argv[2] ?? DEFAULT_FILE
const found = await stat(file).catch(() => null)
if (found?.isFile() !== true) {
  console.error(`there is no file ${file}`)
  process.exit(1)
}
const report = await reportByPipeline(file)
const expected = await reportAlone(file)
assert.deepEqual(report.lines(), expected.lines())
assert(report.requests > 0, 'the file has no line of an access log')
console.log(report.lines().join('\n'))
console.log('\nthree stages in threads of their own report what one thread does')
