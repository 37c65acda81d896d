import { VirtualClock } from '@ringlog/core/testing'
import {
  Doorbell,
  FAULT_STRUCK,
  FaultSwitch,
  LaneReader,
  LaneWriter,
  createLaneMemory,
} from '@ringlog/core/internal'
import { until } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import { AnswerFaults } from '../../src/faults/answer-faults.ts'
import { HeldLaneAnswers } from '../../src/faults/held-lane-answers.ts'
import { deadline } from '../rig.ts'

function rig() {
  const clock = new VirtualClock()
  const faults = new AnswerFaults(clock)
  const passed: number[] = []
  const take = (answer: number): boolean => faults.take(() => void passed.push(answer))
  return { clock, faults, passed, take }
}

describe('the answers of a worker', () => {
  test('pass at once while no fault is in force', () => {
    const { faults, passed, take } = rig()
    expect(faults.areInForce).toBe(false)
    expect(take(1)).toBe(true)
    expect(passed).toEqual([1])
  })

  test('are late by the longest delay; those that wait pass, in order, once it is called off', async () => {
    const { clock, faults, passed, take } = rig()
    const [short, long] = [new FaultSwitch(), new FaultSwitch()]
    faults.delay(short, 10)
    faults.delay(long, 50)
    take(1)
    expect(long.state).toBe(FAULT_STRUCK)
    await clock.advance(40)
    take(2)
    expect(passed).toEqual([])
    await clock.advance(10)
    expect(passed).toEqual([1])
    take(3)
    long.callOff()
    await until(() => passed.length === 3)
    expect(passed).toEqual([1, 2, 3])
    take(4) // the other one is in force still
    await clock.advance(10)
    expect(passed).toEqual([1, 2, 3, 4])
    short.callOff()
    await until(() => !faults.areInForce)
    expect(clock.timerCount).toBe(0)
  })

  test('are dropped, so many, and are not delayed then', () => {
    const { faults, passed, take } = rig()
    faults.drop(new FaultSwitch(), 2)
    faults.delay(new FaultSwitch(), 10)
    expect([take(1), take(2), take(3)]).toEqual([false, false, true])
    faults.end()
    expect(passed).toEqual([3])
    expect(faults.areInForce).toBe(false)
  })

  test('are not dropped by a fault that was called off', async () => {
    const { faults, passed, take } = rig()
    const drops = new FaultSwitch()
    faults.drop(drops, 5)
    expect(take(1)).toBe(false)
    drops.callOff()
    expect(take(2)).toBe(true)
    await until(() => !faults.areInForce)
    expect(passed).toEqual([2])
  })
})

function laneRig() {
  const memory = createLaneMemory(1_024)
  const writer = new LaneWriter(memory)
  const reader = new LaneReader(memory)
  const { faults, clock } = rig()
  const held = new HeldLaneAnswers(reader, faults, new Doorbell())
  const answer = (): void => {
    expect(writer.tryWrite(new Uint8Array(8), 8, deadline())).toBe(true)
    reader.peek()
    held.beforeAnswer()
    held.beforeAnswer()
    reader.acknowledge(0, -1)
    held.afterAnswer()
  }
  return { writer, reader, faults, clock, answer }
}

describe('the answers of a lane', () => {
  test('are not held where there is no fault, and none any more when the last has passed', async () => {
    const { reader, faults, clock, answer } = laneRig()
    answer()
    expect(reader.heldAnswers.byFaults.isOn).toBe(false)
    const delay = new FaultSwitch()
    faults.delay(delay, 10)
    answer()
    answer()
    expect(reader.heldAnswers.byFaults.isOn).toBe(true)
    await clock.advance(10)
    expect(reader.heldAnswers.byFaults.isOn).toBe(true) // the next one is to be late as well
    answer()
    delay.callOff()
    await until(() => !reader.heldAnswers.byFaults.isOn)
  })

  test('stay away behind one that was dropped', async () => {
    const { reader, faults, answer } = laneRig()
    const drop = new FaultSwitch()
    faults.drop(drop, 1)
    answer()
    answer()
    drop.callOff()
    await until(() => !faults.areInForce)
    answer()
    expect(reader.heldAnswers.byFaults.isOn).toBe(true)
  })
})
