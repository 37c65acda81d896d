/**
 * Two novels hashed paragraph by paragraph, those of a chapter in their order: by this thread alone, and
 * by a pool with a thread for each core. Both must come to the same.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { Broker, Consumer, ConsumerPool, Producer } from 'ringlog'
import { work, type Result } from './handler.ts'

const FILE = new URL('../02-line-count/austen.txt', import.meta.url)
/** More than threads: the chapters then spread more evenly over them. */
const PARTITIONS = 8
const TIMED_RUNS = 2

/** What belongs to each chapter, in its order. */
type Chapters<T> = Map<string, T[]>

async function readChapters(): Promise<Chapters<string>> {
  const chapters: Chapters<string> = new Map()
  let paragraphs: string[] = []
  for (const text of (await readFile(FILE, 'utf8')).split(/(?:\r?\n){2,}/)) {
    if (/^chapter \d+$/i.test(text) || chapters.size === 0) {
      paragraphs = []
      chapters.set(`chapter ${chapters.size}`, paragraphs)
    }
    paragraphs.push(text)
  }
  return chapters
}

function hashAlone(chapters: Chapters<string>): Chapters<Result> {
  const hashed = [...chapters].map(([chapter, paragraphs]): [string, Result[]] => [
    chapter,
    paragraphs.map((text) => work(chapter, text)),
  ])
  return new Map(hashed)
}

const chapters = await readChapters()
const count = [...chapters.values()].flat().length
await using broker = await Broker.start()
await broker.createTopic('paragraphs', { partitions: PARTITIONS, gatingGroups: ['hashing'] })
await broker.createTopic('results')
const producer = new Producer(broker)
const consumer = new Consumer(broker, { maxPollRecords: Infinity })
await consumer.assign([{ topic: 'results', partition: 0 }])
const threads = availableParallelism()
const pool = await ConsumerPool.start(broker, {
  groupId: 'hashing',
  topics: ['paragraphs'],
  handler: new URL('./handler.ts', import.meta.url),
  threads,
})

/** Writes all paragraphs, and reads what the pool makes of them: in its order, nothing sorts it. */
async function hashWithPool(): Promise<Chapters<Result>> {
  for (const [key, paragraphs] of chapters) {
    for (const value of paragraphs) {
      if (!producer.write({ topic: 'paragraphs', key, value })) await producer.drained()
    }
  }
  const hashed: Chapters<Result> = new Map([...chapters.keys()].map((key) => [key, []]))
  for (let received = 0; received < count;) {
    const records = await consumer.poll()
    received += records.count
    for (const { key, value } of records) {
      hashed.get(String(key))!.push(JSON.parse(String(value)) as Result)
    }
  }
  return hashed
}

let aloneMs = 0
let poolMs = 0
let words = 0
for (let run = 0; run <= TIMED_RUNS; run++) {
  const startedMs = performance.now()
  const expected = hashAlone(chapters)
  const halfTimeMs = performance.now()
  const hashed = await hashWithPool()
  const endedMs = performance.now()
  assert.deepEqual(hashed, expected) // also the order within each chapter
  words = [...hashed.values()].flat().reduce((sum, result) => sum + result.words, 0)
  if (run === 0) continue // both were cold
  aloneMs += halfTimeMs - startedMs
  poolMs += endedMs - halfTimeMs
}

await pool.close()

const perRun = (ms: number) => `${(ms / TIMED_RUNS).toFixed(0).padStart(4)} ms`
console.log(`${count} paragraphs of ${chapters.size} chapters, ${words} words, in order`)
console.log(`this thread alone  ${perRun(aloneMs)}`)
console.log(
  `${threads} threads          ${perRun(poolMs)}, ${(aloneMs / poolMs).toFixed(2)} times as fast`,
)
