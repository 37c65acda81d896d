import {
  FAULT_IN_FORCE,
  FAULT_STRUCK,
  FaultSwitch,
  MAGIC_BYTE,
  setTurnEnd,
  systemClock,
  type PartitionFault,
} from '@ringlog/core/internal'
import { expect, test } from 'vitest'
import { FaultPoints } from '../../src/faults/fault-points.ts'
import { InjectedFaults } from '../../src/faults/injected-faults.ts'

function rig() {
  let deaths = 0
  const faults = new InjectedFaults(systemClock, () => void deaths++)
  const inject = (fault: PartitionFault): FaultSwitch => {
    const faultSwitch = new FaultSwitch()
    faults.inject({ fault, memory: faultSwitch.memory })
    return faultSwitch
  }
  return { faults, inject, deaths: () => deaths }
}

const turn = (): Promise<void> => new Promise((resolve) => setTurnEnd(resolve))

test('a kill ends the thread at its step, unless it was called off', () => {
  const { faults, inject, deaths } = rig()
  const kill = inject({ type: 'kill', step: 'afterCopy' })
  const calledOff = inject({ type: 'kill', step: 'afterPublish' })
  calledOff.callOff()
  faults.reach('beforeNote')
  faults.reach('afterPublish')
  expect([deaths(), kill.state]).toEqual([0, FAULT_IN_FORCE])
  faults.reach('afterCopy')
  expect([deaths(), kill.state]).toEqual([1, FAULT_STRUCK])
})

test('a kill that is aimed at no step is not the worker’s to make', () => {
  const { faults, inject, deaths } = rig()
  inject({ type: 'kill', step: null })
  faults.reach('afterCopy')
  expect(deaths()).toBe(0)
})

test('a step after the turn is reached once what was posted in it has left', async () => {
  const { faults, inject, deaths } = rig()
  inject({ type: 'kill', step: 'afterAcknowledge' })
  faults.reachAfterTurn('afterAcknowledge')
  expect(deaths()).toBe(0)
  await turn()
  expect(deaths()).toBe(1)
})

test('so many appends fail, those of one fault after those of another', () => {
  const { faults, inject } = rig()
  inject({ type: 'failAppends', code: 'MESSAGE_TOO_LARGE', times: 2 })
  const calledOff = inject({ type: 'failAppends', code: 'BUFFER_FULL', times: 1 })
  inject({ type: 'failAppends', code: 'CORRUPT_MESSAGE', times: 1 })
  calledOff.callOff()
  const codes = Array.from({ length: 4 }, () => {
    try {
      faults.throwIfRefused()
      return null
    } catch (error) {
      return (error as { code: string }).code
    }
  })
  expect(codes).toEqual(['MESSAGE_TOO_LARGE', 'MESSAGE_TOO_LARGE', 'CORRUPT_MESSAGE', null])
})

test('one batch arrives altered, and the producer’s own bytes are as they were', () => {
  const { faults, inject } = rig()
  const batch = new Uint8Array(61).fill(2)
  expect(faults.arrived(batch)).toBe(batch)
  const calledOff = inject({ type: 'corruptNextBatch' })
  const corruption = inject({ type: 'corruptNextBatch' })
  calledOff.callOff()
  expect(faults.arrived(batch)[MAGIC_BYTE]).toBe(253)
  expect(batch[MAGIC_BYTE]).toBe(2)
  expect(corruption.state).toBe(FAULT_STRUCK)
  expect(faults.arrived(batch)).toBe(batch)
})

test('a pause blocks the thread after the turn that began it, until it is over', async () => {
  const { inject } = rig()
  const pause = inject({ type: 'pause', ms: 5 })
  expect(pause.state).toBe(FAULT_IN_FORCE)
  const startMs = performance.now()
  await turn()
  expect(pause.state).toBe(FAULT_STRUCK)
  expect(performance.now() - startMs).toBeGreaterThan(4)
})

test('a worker that nothing was injected into has no faults, and one that they were has', async () => {
  const points = new FaultPoints(systemClock)
  const batch = new Uint8Array(61)
  points.reach('afterCopy')
  points.reachAfterTurn('afterCopy')
  points.throwIfRefused()
  expect(points.arrived(batch)).toBe(batch)
  expect(points.answers).toBeNull()
  expect(points.holdAnswersOf(null as never, null as never)).toBeNull()
  const { memory } = new FaultSwitch()
  await points.inject({ fault: { type: 'failAppends', code: 'BUFFER_FULL', times: 1 }, memory })
  expect(() => points.throwIfRefused()).toThrow('failAppends() says so')
  expect(points.answers?.areInForce).toBe(false)
})
