import type { BrokerAddress } from '@ringlog/core'
import { expect, test } from 'vitest'
import { connect } from '../../src/client/connect.ts'

test.each([
  [null, 'null'],
  ['ringlog', '"ringlog"'],
  [{ name: 'ringlog' }, 'an object (Object)'],
])('connect(%j) says that this is no address, and what it got', async (address, shown) => {
  await expect(connect(address as unknown as BrokerAddress)).rejects.toMatchObject({
    code: 'BROKER_NOT_AVAILABLE',
    message: `connect() takes a broker.address, got ${shown}`,
  })
})
