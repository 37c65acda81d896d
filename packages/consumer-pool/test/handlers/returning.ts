/** Returns what the record's value stands for; "shared": one object, which each call changes. */
import type { ConsumerRecord } from '@ringlog/consumer'

const shared = { calls: 0 }
const VALUES: Readonly<Record<string, unknown>> = {
  number: 1.5,
  string: 'é',
  bigint: 2n ** 70n,
  true: true,
  null: null,
  undefined,
  symbol: Symbol('x'),
}

export function handle({ value }: ConsumerRecord): unknown {
  const name = String(value)
  if (Object.hasOwn(VALUES, name)) return VALUES[name]
  if (name !== 'shared') return Number(name)
  shared.calls++
  return shared
}
