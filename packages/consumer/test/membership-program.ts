import fc from 'fast-check'

export const PARTITIONS = 3

const partition = fc.integer({ min: 0, max: PARTITIONS - 1 })
/** Offsets are given as a share of what there is. */
const share = fc.double({ min: 0, max: 1, noNaN: true })

/** What the group does, and the member's user, at any time: also while a listener runs. */
const event = fc.oneof(
  fc.record({ kind: fc.constant('give' as const), partition }),
  fc.record({ kind: fc.constant('take' as const), partition }),
  fc.record({ kind: fc.constant('seek' as const), partition, to: share }),
  fc.record({ kind: fc.constant('commit' as const) }),
  fc.record({ kind: fc.constant('commitAt' as const), partition, to: share }),
  fc.record({
    kind: fc.constant('fence' as const),
    reason: fc.constantFrom('maxPollInterval' as const, 'replaced' as const),
  }),
)

/** What the user calls: waited for, or left to itself while the program goes on. */
const call = fc.record({
  kind: fc.constantFrom(
    'poll' as const,
    'poll' as const,
    'poll' as const,
    'pollSync' as const,
    'iterate' as const,
    'subscribe' as const,
    'unsubscribe' as const,
  ),
  isAwaited: fc.boolean(),
})

const append = fc.record({
  kind: fc.constant('append' as const),
  partition,
  recordCount: fc.integer({ min: 1, max: 6 }),
  /** Of the batch: so that the ring passes what is old. */
  bytes: fc.constantFrom(0, 14_000),
})

export const operation = fc.oneof(
  { weight: 3, arbitrary: append },
  { weight: 5, arbitrary: event },
  { weight: 6, arbitrary: call },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('tick' as const) }) },
)

/** What one call of the listener does. */
export const behaviour = fc.record({
  ticks: fc.integer({ min: 0, max: 6 }),
  doing: fc.array(fc.oneof(event, call), { maxLength: 2 }),
  throws: fc.constantFrom('nothing' as const, 'nothing' as const, 'Error' as const, 'out' as const),
})

export type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never
export type Event = typeof event extends fc.Arbitrary<infer T> ? T : never
export type Call = typeof call extends fc.Arbitrary<infer T> ? T : never
export type Behaviour = typeof behaviour extends fc.Arbitrary<infer T> ? T : never
