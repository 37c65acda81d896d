import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  AttemptLedger,
  tagOf,
  topicTagOf,
  type HeldRecords,
  type PartitionTags,
} from '../src/wire/attempt-ledger.ts'
import { Suspects } from '../src/thread/suspects.ts'

const TAG = tagOf({ topic: 'orders', partition: 0 })
const OTHER_TAG = tagOf({ topic: 'orders', partition: 1 })
const ORDERS: PartitionTags = { tag: TAG, topicTag: topicTagOf('the id of orders') }
const OTHER: PartitionTags = { ...ORDERS, tag: OTHER_TAG }

/** Calls `look` right after each store into shared memory that another thread may see. */
function afterEachStore(look: () => void): void {
  for (const name of ['store', 'and', 'compareExchange'] as const) {
    const original = Atomics[name] as (...args: unknown[]) => number
    const spy = vi.spyOn(Atomics as Record<typeof name, typeof original>, name)
    spy.mockImplementation((...args) => {
      const result = original(...args)
      look()
      return result
    })
    onTestFinished(() => spy.mockRestore())
  }
}

/** A ledger over the memory that calls `look` right after each plain store of an offset. */
function afterEachPlainStore(memory: SharedArrayBuffer, look: () => void): AttemptLedger {
  const Original = Float64Array
  const Watched = function (buffer: SharedArrayBuffer) {
    return new Proxy(new Original(buffer), {
      get: (floats, index) => Reflect.get(floats, index) as unknown,
      set(floats, index, value) {
        floats[Number(index)] = value as number
        look()
        return true
      },
    })
  }
  vi.stubGlobal('Float64Array', Watched)
  try {
    return new AttemptLedger(memory)
  } finally {
    vi.unstubAllGlobals()
  }
}

describe('the ledger', () => {
  test('never says of a thread what it does not have in its hands, wherever that ends', () => {
    const ledger = AttemptLedger.create(2)
    const seen: HeldRecords[] = []
    const [slot] = ledger.freeSlots(1).slice(-1) as [number]
    afterEachStore(() => seen.push(...ledger.heldOf(TAG)))
    ledger.take(slot, ORDERS)
    ledger.begin(slot, 7, 8, 2, true)
    ledger.end(slot)
    ledger.begin(slot, 8, 11, 1, false)
    ledger.rest(slot)
    ledger.end(slot)
    ledger.free(slot, TAG)
    ledger.take(slot, OTHER)
    const at = seen.map(({ offset, endOffset, attempts, isRunning, isAlone }) => [
      offset,
      endOffset,
      attempts,
      isRunning,
      isAlone,
    ])
    expect(at).toEqual([
      [7, 8, 2, true, true],
      [8, 11, 1, true, false],
      [8, 9, 1, false, false],
    ])
  })

  test('has both records while a handler goes from one to the next, wherever its thread ends', () => {
    const { memory } = AttemptLedger.create(1)
    const look = (): unknown =>
      new AttemptLedger(memory).heldOf(TAG).map((held) => [held.offset, held.endOffset])
    const seen: unknown[] = []
    const ledger = afterEachPlainStore(memory, () => seen.push(look()))
    const [slot] = ledger.freeSlots(0) as [number]
    ledger.take(slot, ORDERS)
    ledger.begin(slot, 7, 8, 1, true)
    seen.length = 0
    ledger.next(slot, 9)
    expect(seen).toEqual([[[7, 10]], [[9, 10]]])
    expect(ledger.heldOf(TAG)).toMatchObject([{ attempts: 1, isRunning: true, isAlone: true }])
  })

  test('has a region for each thread, whose slots are all free at first', () => {
    const ledger = AttemptLedger.create(3)
    const regions = [0, 1, 2].map((threadIndex) => new Set(ledger.freeSlots(threadIndex)))
    expect(new Set(regions.flatMap((region) => [...region])).size).toBe(
      regions[0]!.size + regions[1]!.size + regions[2]!.size,
    )
    const [slot] = ledger.freeSlots(1) as [number]
    ledger.take(slot, ORDERS)
    ledger.begin(slot, 1, 2, 1, true)
    expect(ledger.heldBy(0)).toEqual([])
    expect(ledger.heldBy(1)).toMatchObject([{ slot, tag: TAG, offset: 1 }])
    expect(ledger.freeSlots(1)).not.toContain(slot)
  })

  test('frees no slot that has been taken for another partition', () => {
    const ledger = AttemptLedger.create(1)
    const [slot] = ledger.freeSlots(0) as [number]
    ledger.take(slot, OTHER)
    ledger.begin(slot, 1, 2, 1, true)
    ledger.free(slot, TAG)
    expect(ledger.heldOf(OTHER_TAG)).toHaveLength(1)
    ledger.free(slot, OTHER_TAG)
    expect(ledger.heldOf(OTHER_TAG)).toEqual([])
  })
})

/** What two threads left of it: a batch, and one of its records that was then tried alone. */
function leave(): AttemptLedger {
  const ledger = AttemptLedger.create(2)
  const [batch] = ledger.freeSlots(0) as [number]
  const [single] = ledger.freeSlots(1) as [number]
  ledger.take(batch, ORDERS)
  ledger.begin(batch, 5, 8, 1, true)
  ledger.take(single, ORDERS)
  ledger.begin(single, 6, 7, 2, true)
  return ledger
}

function nothingTaken(): boolean {
  return false
}

describe('the suspects of a partition', () => {
  const position = 5

  test('are those that did not come to an end, with their attempts; guilty is what ran alone', () => {
    const suspects = Suspects.of(ORDERS, position, leave(), nothingTaken)!
    expect([4, 5, 6, 7, 8].map((offset) => suspects.find(offset))).toEqual([
      null,
      { attempts: 1, isSuspect: true, isGuilty: false },
      { attempts: 2, isSuspect: true, isGuilty: true },
      { attempts: 1, isSuspect: true, isGuilty: false },
      null,
    ])
  })

  test('are found by the attempt that says most, of those with the same number', () => {
    const ledger = leave()
    const [again] = ledger.freeSlots(1) as [number]
    ledger.take(again, ORDERS)
    ledger.begin(again, 5, 6, 1, true)
    const [failed] = ledger.freeSlots(1) as [number]
    ledger.take(failed, ORDERS)
    ledger.begin(failed, 7, 8, 1, true)
    ledger.rest(failed)
    const suspects = Suspects.of(ORDERS, position, ledger, nothingTaken)!
    expect(suspects.find(5)).toEqual({ attempts: 1, isSuspect: true, isGuilty: true })
    expect(suspects.find(7)).toEqual({ attempts: 1, isSuspect: true, isGuilty: false })
  })

  test('stay until they are committed, whoever has the partition', () => {
    const ledger = leave()
    Suspects.of(ORDERS, position, ledger, nothingTaken)!.committed(7)
    const next = Suspects.of(ORDERS, 7, ledger, nothingTaken)!
    expect([6, 7].map((offset) => next.find(offset)?.attempts)).toEqual([1, 1])
    next.committed(8)
    expect(next.isEmpty).toBe(true)
    expect(Suspects.of(ORDERS, position, ledger, nothingTaken)).toBe(null)
  })

  test('are none that lie before its position, or in the thread’s own hands', () => {
    expect(Suspects.of(ORDERS, 8, leave(), nothingTaken)).toBe(null)
    expect(Suspects.of(ORDERS, position, leave(), () => true)).toBe(null)
  })

  test('are none of a topic that had the name before, and their slots are free then', () => {
    const ledger = leave()
    const madeAgain = { ...ORDERS, topicTag: topicTagOf('the id of another one') }
    expect(Suspects.of(madeAgain, 0, ledger, nothingTaken)).toBe(null)
    expect(ledger.heldOf(TAG)).toEqual([])
  })
})
