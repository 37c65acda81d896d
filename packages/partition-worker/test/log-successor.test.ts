import { createProducerTableMemory, type AppendResult } from '@ringlog/core/internal'
import { Mortal, SEED, seededRandom } from '@ringlog/test-kit'
import { expect, test } from 'vitest'
import { Rig, batchOf, deadline } from './rig.ts'
import { valuesByOffset } from './values-by-offset.ts'

const PRODUCERS = 3
const APPENDS = 60

/**
 * By RPC a producer that gets no answer sends the batch again, with the same sequence numbers, to the next
 * worker.
 */
test('a batch that is sent again to the successor of a log that died is in the log once', () => {
  const random = seededRandom(SEED)
  const producerTable = createProducerTableMemory(PRODUCERS)
  let rig = new Rig({ whenFull: 'evict', producerTable })
  const { memory } = rig
  const answered = new Map<number, string>()
  const sequences = Array.from({ length: PRODUCERS }, () => 0)
  let deaths = 0
  for (let serial = 0; serial < APPENDS; serial++) {
    const producerId = Math.floor(random() * PRODUCERS)
    const value = `${serial}`.padEnd(random() * 9000, '.')
    const baseSequence = sequences[producerId]!++
    let result: AppendResult | null = null
    // Each append dies before its first atomic write, then before its second, and so on, until it is through.
    for (let step = 1 + Math.floor(random() * 3); result === null; step++) {
      const batch = batchOf([value], { producerId, producerEpoch: 0, baseSequence })
      const mortal = new Mortal(memory, producerTable)
      mortal.dieAt(step)
      const append = (): void => {
        result = rig.log.tryAppend(batch, deadline(), null)
      }
      if (!mortal.run(append, () => random() < 0.5)) continue
      deaths++
      result = null
      rig = new Rig({ whenFull: 'evict', memory, producerTable })
    }
    const { baseOffset } = result as AppendResult
    expect([SEED, baseOffset]).toEqual([SEED, serial])
    answered.set(baseOffset, `${serial}`)
  }
  expect(deaths).toBeGreaterThan(APPENDS)
  const values = valuesByOffset(rig.memory)
  expect(values.size).toBeGreaterThan(5)
  for (const [offset, value] of values) expect([SEED, value]).toEqual([SEED, answered.get(offset)])
  expect(rig.log.endOffset).toBe(APPENDS)
})
