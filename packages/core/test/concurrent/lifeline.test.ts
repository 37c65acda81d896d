import { Lifeline } from '@ringlog/core/internal'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'

/** Looks, without letting the event loop turn, until the lifeline is cut. */
function blockUntilCut(lifeline: Lifeline): void {
  const words = new Int32Array(new SharedArrayBuffer(4))
  for (let looks = 0; looks < 500; looks++) {
    if (lifeline.isCut) return
    Atomics.wait(words, 0, 0, 10)
  }
  throw new Error('the end was not noticed')
}

/** Keeps the port, and ends as the code says after a while. */
const holder = (code: string): string =>
  `const { workerData } = require('node:worker_threads'); globalThis.kept = workerData;
  require('node:worker_threads').parentPort.postMessage('holds'); setTimeout(() => { ${code} }, 50)`

describe('a lifeline', () => {
  test.each([
    ['ends by itself', 'kept.close()'],
    ['exits', 'process.exit(1)'],
    ['throws', 'throw new Error("ends")'],
  ])('is cut, for a thread that blocks, when the other %s', async (_, code) => {
    const { lifeline, otherEnd } = Lifeline.create()
    const worker = new Worker(holder(code), {
      eval: true,
      workerData: otherEnd,
      transferList: [otherEnd],
    })
    worker.on('error', () => undefined)
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    await once(worker, 'message')
    expect(lifeline.isCut).toBe(false)
    blockUntilCut(lifeline)
    expect(lifeline.isCut).toBe(true)
    await ended
    expect(lifeline.isCut).toBe(true)
  })

  test('is not cut by looking at it, however often', async () => {
    const { lifeline, otherEnd } = Lifeline.create()
    for (let looks = 0; looks < 100; looks++) expect(lifeline.isCut).toBe(false)
    await new Promise((resolve) => setImmediate(resolve))
    expect(lifeline.isCut).toBe(false)
    otherEnd.close()
    await once(otherEnd, 'close')
    expect(lifeline.isCut).toBe(true)
  })

  test('is cut once it is closed on this side', async () => {
    const { lifeline, otherEnd } = Lifeline.create()
    lifeline.close()
    await once(otherEnd, 'close')
    expect(lifeline.isCut).toBe(true)
  })
})
