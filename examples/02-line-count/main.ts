/**
 * Counts the lines of a text file by their first word: once by four consumer threads behind a topic of
 * four partitions, once in this thread alone. Both must come to the same.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { open, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Broker, Producer, type LogClient } from 'ringlog'
import { LineTally, firstWord, type WordTally } from './line-tally.ts'

const TOPIC = 'lines'
const PARTITIONS = [0, 1, 2, 3]
const DEFAULT_FILE = fileURLToPath(new URL('./austen.txt', import.meta.url))

/** Produces every line, keyed by its first word: lines with the same word stay in order. */
async function produceLines(client: LogClient, file: string): Promise<number> {
  const producer = new Producer(client)
  const handle = await open(file)
  let lines = 0
  for await (const line of handle.readLines()) {
    lines++
    const hasRoom = producer.write({ topic: TOPIC, key: firstWord(line), value: line })
    if (!hasRoom) await producer.drained()
  }
  // A null value says that a partition has no more lines.
  for (const partition of PARTITIONS) producer.write({ topic: TOPIC, partition, value: null })
  await producer.flush()
  return lines
}

async function countWithThreads(file: string): Promise<LineTally> {
  await using broker = await Broker.start()
  await broker.createTopic(TOPIC, { partitions: PARTITIONS.length })
  const counters = PARTITIONS.map(
    (partition) =>
      new Worker(new URL('./counter.ts', import.meta.url), {
        workerData: { topic: TOPIC, partition },
      }),
  )
  // Before that a partition waits for nobody: a long file would overwrite its own start.
  await Promise.all(counters.map((counter) => once(counter, 'message')))
  const counting = counters.map(async (counter) => {
    const [words] = (await once(counter, 'message')) as [Map<string, WordTally>]
    return words
  })
  const [lines, ...perPartition] = await Promise.all([produceLines(broker, file), ...counting])

  const total = new LineTally()
  for (const [partition, words] of perPartition.entries()) {
    let counted = 0
    for (const [word, tally] of words) {
      assert(!total.words.has(word), `"${word}" is in two partitions`)
      total.words.set(word, tally)
      counted += tally.lines
    }
    console.log(`partition ${partition}: ${counted} of ${lines} lines, ${words.size} first words`)
  }
  return total
}

async function countAlone(file: string): Promise<LineTally> {
  const total = new LineTally()
  const handle = await open(file)
  for await (const line of handle.readLines()) total.add(firstWord(line), line)
  return total
}

const file = process.argv[2] ?? DEFAULT_FILE
const found = await stat(file).catch(() => null)
if (found?.isFile() !== true) {
  console.error(`there is no file ${file}`)
  process.exit(1)
}
console.log(`counting the lines of ${file} by their first word\n`)
const counted = await countWithThreads(file)
const expected = await countAlone(file)
assert.deepEqual(counted.words, expected.words)

const commonest = [...counted.words].sort(([, a], [, b]) => b.lines - a.lines).slice(0, 5)
console.log('\nthe commonest:')
for (const [word, { lines }] of commonest) {
  console.log(`${String(lines).padStart(7)}  ${word === '' ? '(none)' : word}`)
}
console.log('\nfour threads counted what one does, every word in its order')
