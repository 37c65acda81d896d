import { describe, expect, test } from 'vitest'

/**
 * An exhaustive model of the doorbell's protocol: every interleaving of the atomic steps of its
 * waiters and ringers. The order of the steps is a parameter, so that the model shows that the
 * orders which look as good are not.
 */
type RingStep = 'change' | 'loadParked' | 'exchangeParked' | 'addSequence' | 'notify'
type WaitStep = 'loadSequence' | 'storeParked' | 'check' | 'sleep'

const RING: readonly RingStep[] = [
  'change',
  'loadParked',
  'exchangeParked',
  'addSequence',
  'notify',
]
const WAIT: readonly WaitStep[] = ['loadSequence', 'storeParked', 'check', 'sleep']

interface Ringer {
  step: number
  /** Rings that it still has to ring after this one. */
  ringsLeft: number
  /** What `loadParked`, and then `exchangeParked`, saw. */
  sawParked: boolean
}

interface Waiter {
  step: number
  sequence: number
  isAsleep: boolean
  isDone: boolean
}

interface State {
  sequence: number
  parked: boolean
  changes: number
  ringers: Ringer[]
  waiters: Waiter[]
}

/** Each ringer rings twice: some orders lose only the second. */
const RINGS = 2

/** Whether some interleaving leaves a waiter asleep although what it waits for has happened. */
function losesWakeUp(
  waiterCount: number,
  ringerCount: number,
  ringSteps: readonly RingStep[],
  waitSteps: readonly WaitStep[],
): boolean {
  const seen = new Set<string>()
  const pending: State[] = [
    {
      sequence: 0,
      parked: false,
      changes: 0,
      ringers: Array.from({ length: ringerCount }, () => ({
        step: 0,
        ringsLeft: RINGS - 1,
        sawParked: false,
      })),
      waiters: Array.from({ length: waiterCount }, () => ({
        step: 0,
        sequence: -1,
        isAsleep: false,
        isDone: false,
      })),
    },
  ]
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    const key = keyOf(state)
    if (seen.has(key)) continue
    seen.add(key)
    const next = [
      ...state.ringers.map((_, i) => ringStep(state, i, ringSteps)),
      ...state.waiters.map((_, i) => waitStep(state, i, waitSteps, ringerCount * RINGS)),
    ].filter((successor) => successor !== null)
    pending.push(...next)
    // Nobody can take a step: whoever is not done sleeps for ever.
    if (next.length === 0 && state.waiters.some(({ isDone }) => !isDone)) return true
  }
  return false
}

function copyOf(state: State): State {
  return {
    ...state,
    ringers: state.ringers.map((ringer) => ({ ...ringer })),
    waiters: state.waiters.map((waiter) => ({ ...waiter })),
  }
}

/** Says the same of equal states only. */
function keyOf({ sequence, parked, changes, ringers, waiters }: State): string {
  let key = `${sequence},${parked},${changes}`
  for (const { step, ringsLeft, sawParked } of ringers) key += `|${step},${ringsLeft},${sawParked}`
  for (const waiter of waiters) {
    key += `|${waiter.step},${waiter.sequence},${waiter.isAsleep},${waiter.isDone}`
  }
  return key
}

function ringStep(state: State, index: number, steps: readonly RingStep[]): State | null {
  const next = copyOf(state)
  const ringer = next.ringers[index]!
  if (ringer.step === steps.length) {
    if (ringer.ringsLeft === 0) return null
    ringer.ringsLeft--
    ringer.step = 0
    ringer.sawParked = false
  }
  const step = steps[ringer.step++]
  if (step === 'change') next.changes++
  else if (step === 'loadParked') ringer.sawParked = next.parked
  else if (step === 'exchangeParked' && ringer.sawParked) {
    ringer.sawParked = next.parked
    next.parked = false
  } else if (step === 'addSequence') next.sequence++
  else if (step === 'notify' && ringer.sawParked) {
    for (const waiter of next.waiters) waiter.isAsleep = false
  }
  return next
}

/** A waiter waits until every ringer has made its changes. */
function waitStep(
  state: State,
  index: number,
  steps: readonly WaitStep[],
  changesAwaited: number,
): State | null {
  const next = copyOf(state)
  const waiter = next.waiters[index]!
  if (waiter.isAsleep || waiter.isDone) return null
  const step = steps[waiter.step]!
  waiter.step = (waiter.step + 1) % steps.length
  if (step === 'loadSequence') waiter.sequence = next.sequence
  else if (step === 'storeParked') next.parked = true
  else if (step === 'check') waiter.isDone = next.changes === changesAwaited
  // Atomics.wait compares and falls asleep in one step.
  else waiter.isAsleep = next.sequence === waiter.sequence
  return next
}

describe("the doorbell's protocol", () => {
  test.each([
    [1, 1],
    [2, 1],
    [1, 2],
    [2, 2],
  ])('loses no wake-up with %i waiters and %i ringers', (waiters, ringers) => {
    expect(losesWakeUp(waiters, ringers, RING, WAIT)).toBe(false)
  })

  test.each<[string, readonly RingStep[], readonly WaitStep[]]>([
    [
      'the sequence is added before parked is exchanged',
      ['change', 'addSequence', 'loadParked', 'exchangeParked', 'notify'],
      WAIT,
    ],
    [
      'parked is set before the sequence is loaded',
      RING,
      ['storeParked', 'loadSequence', 'check', 'sleep'],
    ],
    [
      'the condition is looked at before parked is set',
      RING,
      ['loadSequence', 'check', 'storeParked', 'sleep'],
    ],
    [
      'the change is made after the look at parked',
      ['loadParked', 'exchangeParked', 'addSequence', 'notify', 'change'],
      WAIT,
    ],
  ])('would lose one if %s', (_, ringSteps, waitSteps) => {
    expect(losesWakeUp(1, 1, ringSteps, waitSteps)).toBe(true)
  })
})
