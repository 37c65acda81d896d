import {
  FAULT_CALLED_OFF,
  FAULT_ENDED,
  FAULT_IN_FORCE,
  FAULT_STRUCK,
  FaultSwitch,
} from '@ringlog/core/internal'
import { isSettled, settle } from '@ringlog/test-kit'
import { Worker } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'

/** Both ends. */
function ends(): [mine: FaultSwitch, theirs: FaultSwitch] {
  const mine = new FaultSwitch()
  return [mine, new FaultSwitch(mine.memory)]
}

describe('the switch of a fault', () => {
  test('tells whether the fault has struck: as often as it likes', async () => {
    const [mine, theirs] = ends()
    expect(mine.state).toBe(FAULT_IN_FORCE)
    const decided = mine.untilDecided()
    expect(await isSettled(decided, settle(5))).toBe(false)
    expect(theirs.strike()).toBe(true)
    expect(theirs.strike()).toBe(true)
    expect(await decided).toBe(FAULT_STRUCK)
    mine.callOff()
    expect(theirs.strike()).toBe(false)
    expect(mine.state).toBe(FAULT_STRUCK)
  })

  test('lets a fault that was called off not strike any more', async () => {
    const [mine, theirs] = ends()
    const [decided, calledOff] = [mine.untilDecided(), theirs.untilCalledOff()]
    mine.callOff()
    mine.callOff()
    expect(theirs.isCalledOff).toBe(true)
    expect(theirs.strike()).toBe(false)
    expect(await decided).toBe(FAULT_CALLED_OFF)
    await calledOff
  })

  test('tells that the thread has ended before the fault struck, and only then', async () => {
    const [mine, theirs] = ends()
    const decided = mine.untilDecided()
    theirs.end()
    expect(await decided).toBe(FAULT_ENDED)
    expect(theirs.strike()).toBe(false)
    const [struck, its] = ends()
    its.strike()
    its.end()
    expect(struck.state).toBe(FAULT_STRUCK)
  })

  /** Calls off in the middle of `strike`, before its atomic operation of that number (INV-91). */
  test.each([1, 2])('strikes, or was called off before: at step %i', (step) => {
    const [mine, theirs] = ends()
    let steps = 0
    const original = { load: Atomics.load, compareExchange: Atomics.compareExchange }
    const interrupt = (): void => {
      if (++steps !== step) return
      Object.assign(Atomics, original)
      mine.callOff()
    }
    onTestFinished(() => void Object.assign(Atomics, original))
    Object.assign(Atomics, {
      load: (words: Int32Array, word: number) => (interrupt(), original.load(words, word)),
      compareExchange: (words: Int32Array, word: number, from: number, to: number) => (
        interrupt(),
        original.compareExchange(words, word, from, to)
      ),
    })
    expect(theirs.strike()).toBe(false)
    expect(steps).toBe(step)
    expect(mine.state).toBe(FAULT_CALLED_OFF)
  })

  test('blocks a thread until the fault is called off, or its time is over', async () => {
    const mine = new FaultSwitch()
    mine.block(1)
    const blocked = new Worker(
      `const { workerData, parentPort } = require('node:worker_threads')
       parentPort.postMessage('blocks')
       parentPort.postMessage(Atomics.wait(new Int32Array(workerData), 128 / 4, 0, 1e9))`,
      { eval: true, workerData: mine.memory },
    )
    const messages: unknown[] = []
    blocked.on('message', (message) => messages.push(message))
    while (messages.length < 1) await settle(1)
    mine.callOff()
    await new Promise((resolve) => blocked.on('exit', resolve))
    expect(['ok', 'not-equal']).toContain(messages[1])
  })
})
