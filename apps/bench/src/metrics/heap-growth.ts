import v8 from 'node:v8'
import vm from 'node:vm'

/** What the heap of one thread did with so many records. */
export interface HeapGrowth {
  /** What is alive after them beyond what was before, both after a forced collection. */
  readonly grownBytesPerRecord: number
  /** All that was allocated, whether it is still alive or not; `null` where Node.js does not tell. */
  readonly allocatedBytesPerRecord: number | null
}

const collectGarbage = ((): (() => void) => {
  v8.setFlagsFromString('--expose-gc')
  return vm.runInNewContext('gc') as () => void
})()

/** Watches the heap of the thread it is made in. */
export class HeapWatch {
  readonly #before: number
  readonly #allocatedBefore: number | null

  constructor() {
    this.#before = usedBytes()
    this.#allocatedBefore = allocatedBytes()
  }

  /** Call it when the records are through. */
  growthOver(records: number): HeapGrowth {
    const allocated = allocatedBytes()
    const grown = usedBytes() - this.#before
    return {
      grownBytesPerRecord: grown / records,
      allocatedBytesPerRecord:
        allocated === null ? null : (allocated - this.#allocatedBefore!) / records,
    }
  }
}

/** After two collections: what the first one finalizes is freed by the second. */
function usedBytes(): number {
  collectGarbage()
  collectGarbage()
  return v8.getHeapStatistics().used_heap_size
}

function allocatedBytes(): number | null {
  const statistics = v8.getHeapStatistics() as { total_allocated_bytes?: number }
  return statistics.total_allocated_bytes ?? null
}
