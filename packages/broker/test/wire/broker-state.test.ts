import type { RinglogError } from '@ringlog/core'
import { expect, onTestFinished, test } from 'vitest'
import { BrokerState } from '../../src/wire/broker-state.ts'

function errorOf({ memory }: BrokerState): RinglogError | null {
  return new BrokerState(memory).closedError()
}

test('a broker is open, until it is closed', () => {
  const state = new BrokerState()
  expect(errorOf(state)).toBe(null)
  state.setClosed()
  expect(errorOf(state)).toMatchObject({ code: 'BROKER_CLOSED', message: 'the broker is closed' })
})

test('a broker that was closed has not crashed, whenever its end is noticed', () => {
  const state = new BrokerState()
  state.setClosed()
  state.setEnded()
  state.setEnded('exitCode=0')
  expect(errorOf(state)?.message).toBe('the broker is closed')
})

test('a broker whose threads were ended by force says that', () => {
  const state = new BrokerState()
  state.setEnded()
  expect(errorOf(state)).toMatchObject({
    code: 'BROKER_CLOSED',
    message: 'the broker has ended: the controller ended unexpectedly',
    cause: { code: 'WORKER_CRASHED', message: 'the controller ended unexpectedly' },
  })
})

test('the cause of a crash stays, also when clients notice the end later', () => {
  const state = new BrokerState()
  state.setEnded('TypeError: no', new TypeError('no'))
  state.setEnded()
  const { cause } = errorOf(state)!
  expect(cause).toMatchObject({ message: 'the controller ended unexpectedly: TypeError: no' })
  expect((cause as Error).cause).toBeInstanceOf(TypeError)
})

test('what a broker has crashed of is there when its state says so (INV-92)', () => {
  const { compareExchange } = Atomics
  onTestFinished(() => void Object.assign(Atomics, { compareExchange }))
  const state = new BrokerState()
  let before: RinglogError | null = null
  let after: RinglogError | null = null
  const observing = (words: Int32Array, index: number, from: number, to: number): number => {
    before = errorOf(state)
    const found = compareExchange(words, index, from, to)
    after = errorOf(state)
    return found
  }
  Object.assign(Atomics, { compareExchange: observing })
  state.setEnded('exitCode=3')
  expect(before).toBe(null)
  expect(after!.message).toContain('exitCode=3')
})
