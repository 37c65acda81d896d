import { expect, test } from 'vitest'
import { SenderRig, TOPIC } from './sender-rig.ts'

// A write may come in any microtask while a topic becomes known, and records that were held for it go into batches.
test.each(['add', 'tryAdd'] as const)(
  'records that are held for a topic hold up none that comes as it becomes known: %s',
  async (how) => {
    const rig = new SenderRig({})
    const topic = rig.records.topic(TOPIC)
    const values = Array.from({ length: 40 }, (_, i) => `${i}`)
    for (const value of values) {
      const timestampMs = rig.records.timeOf(null)
      const record = { topic: TOPIC, key: null, value, partition: 0, timestampMs, headers: [] }
      if (how === 'add') topic.add(record, null)
      else expect(topic.tryAdd(record)).toBe(true)
      await Promise.resolve()
    }
    await rig.turn()
    expect(rig.records.metrics().bufferExhaustedTotal).toBe(0)
  },
)
