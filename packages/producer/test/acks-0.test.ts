import { describe, expect, test } from 'vitest'
import { SenderRig, sendBatches } from './sender-rig.ts'

describe('acks 0', () => {
  test('a record counts as delivered when it is handed over', async () => {
    const rig = new SenderRig({ acks: 0 })
    const record = rig.send()
    await rig.turn()
    expect(record.metadata).toMatchObject({ partition: 0, offset: -1 })
    expect(rig.appender()!.unanswered).toHaveLength(1)
  })

  test('what goes wrong afterwards is counted, and told to nobody', async () => {
    const rig = new SenderRig({ acks: 0 })
    rig.send()
    rig.send()
    await rig.turn()
    rig.appender()!.arrive('BUFFER_FULL')
    rig.appender()!.answer(0)
    await rig.turn()
    expect(rig.records.metrics().recordErrorTotal).toBe(2)
    expect(rig.failures).toEqual([])
    expect(rig.records.failures.takeSilentError()).toBeNull()
    expect(rig.sent.map(({ settledTimes }) => settledTimes)).toEqual([1, 1])
  })

  test('what goes wrong before is told', async () => {
    const rig = new SenderRig({ acks: 0 })
    rig.openFailures.push('PARTITION_OFFLINE')
    const record = rig.send()
    await rig.turn()
    expect(record.error).toMatchObject({ code: 'PARTITION_OFFLINE' })
    expect(rig.failures).toHaveLength(1)
  })

  test('batches have no numbers, so more than five may be on their way', async () => {
    const rig = new SenderRig({ acks: 0, maxInFlight: 8, batchSizeBytes: 512 })
    await sendBatches(rig, 10)
    expect(rig.appender()!.unanswered).toHaveLength(8)
    expect(rig.identities).toBe(0)
  })
})
