/** Throws what the record's value names. */
import type { ConsumerRecord } from '@ringlog/consumer'
import { RinglogError } from '@ringlog/core'
import { readFileSync } from 'node:fs'

class NoSuchOrder extends TypeError {
  override readonly name = 'NoSuchOrder'
  readonly status = 404n
  readonly at = new Date(5)
  readonly retry = (): void => undefined
}

const noSuchOrder = new NoSuchOrder('no such order')

const revocable = Proxy.revocable({}, {})
revocable.revoke()

const THROWS: Readonly<Record<string, unknown>> = {
  class: noSuchOrder,
  aggregate: new AggregateError([noSuchOrder, 'text'], 'several'),
  object: { status: 404, retry: noSuchOrder.retry },
  caused: new Error('caused', { cause: { status: 404 } }),
  ours: new RinglogError('MESSAGE_TOO_LARGE', 'ours', { cause: noSuchOrder }),
  undefined,
  null: null,
  text: 'text',
  symbol: Symbol('why'),
  function: noSuchOrder.retry,
  revoked: revocable.proxy,
}

export function handle({ value }: ConsumerRecord): void {
  const name = String(value)
  if (name === 'ENOENT') readFileSync('/no/such/file')
  throw THROWS[name]
}
