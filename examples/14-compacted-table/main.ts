/** A table that is kept in a compacted topic: 100,000 changes, and what is left of them to rebuild it from. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Broker } from 'ringlog'
import { Table } from './table.ts'

const CHANGES = 100_000
const KEYS = 1_000
const dataDirectory = await mkdtemp(join(tmpdir(), 'ringlog-table-'))

async function logBytes(broker: Broker): Promise<number> {
  const { topics } = await broker.metrics()
  return topics[0]!.partitions[0]!.disk!.sizeBytes
}

let broker = await Broker.start({ dataDirectory })
const prices = await Table.open(broker, 'prices')
const changes: Array<Promise<void>> = []
for (let change = 0; change < CHANGES; change++) {
  const key = `article-${(change * 7919) % KEYS}`
  changes.push(prices.set(key, `${change} cents, and so much more to say of it`.padEnd(100)))
  if (changes.length === 5_000) await Promise.all(changes.splice(0))
}
await prices.delete('article-7')
await Promise.all(changes)
// The segment that is written to is never compacted: the rest soon is.
const deadlineMs = Date.now() + 30_000
while ((await logBytes(broker)) > 4 * 1024 * 1024 && Date.now() < deadlineMs) await setTimeout(50)
const bytes = await logBytes(broker)
await broker.close()

broker = await Broker.start({ dataDirectory })
const rebuilt = await Table.open(broker, 'prices')
await broker.close()
await rm(dataDirectory, { recursive: true })

console.log(`changes            ${CHANGES.toLocaleString('en')}`)
console.log(`rebuilt from       ${rebuilt.recordCount.toLocaleString('en')} records`)
console.log(`rows               ${rebuilt.size}`)
assert.equal(rebuilt.size, KEYS - 1)
assert.equal(rebuilt.get('article-7'), undefined)
for (let row = 0; row < KEYS; row++) {
  assert.equal(rebuilt.get(`article-${row}`), prices.get(`article-${row}`))
}
assert.ok(rebuilt.recordCount < CHANGES / 2, 'the log was not compacted')
assert.ok(bytes <= 4 * 1024 * 1024)
