import { RinglogError, partitionOffline } from '@ringlog/core/internal'
import { expect, test } from 'vitest'
import { OfflineError } from '../../src/wire/offline-error.ts'

test('why a partition is offline is read whole, by whoever has the memory; before that without a cause', () => {
  const written = new OfflineError()
  const read = new OfflineError(written.memory)
  expect(read.read()).toMatchObject({ code: 'PARTITION_OFFLINE', details: {} })
  const cause = new RinglogError('WORKER_CRASHED', 'exitCode=1', { cause: new Error('mistake') })
  written.write(partitionOffline('orders', 3, ': why', cause))
  expect(read.read()).toMatchObject({
    code: 'PARTITION_OFFLINE',
    message: expect.stringContaining('orders-3 has no running worker: why') as string,
    details: { topic: 'orders', partition: 3 },
    cause: { code: 'WORKER_CRASHED', message: 'exitCode=1' },
  })
})
