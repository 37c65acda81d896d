import { expect, test } from 'vitest'
import { SenderRig } from './sender-rig.ts'

test('a record that its topic turns out not to take leaves no memory taken, nor too much', async () => {
  const rig = new SenderRig({}, { maxMessageBytes: 512 })
  const record = rig.send(0, 1_000)
  expect(rig.records.metrics().bufferAvailableBytes).toBeLessThan(
    rig.records.metrics().bufferTotalBytes,
  )
  await rig.turn()
  expect(record.error).toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
  const { bufferAvailableBytes, bufferTotalBytes } = rig.records.metrics()
  expect(bufferAvailableBytes).toBe(bufferTotalBytes)
})
