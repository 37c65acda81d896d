import { vi } from 'vitest'

/** Calls `onAccess` before each atomic access of `run`, and makes none of those within it count. */
export function run<T>(work: () => T, onAccess: (count: number) => void): T {
  let count = 0
  let isWithin = false
  for (const operation of ['load', 'store', 'add', 'exchange'] as const) {
    const original = Atomics[operation] as (...args: unknown[]) => unknown
    vi.spyOn(Atomics, operation).mockImplementation(((...args: unknown[]) => {
      if (!isWithin) {
        isWithin = true
        onAccess(count++)
        isWithin = false
      }
      return original(...args)
    }) as never)
  }
  try {
    return work()
  } finally {
    vi.restoreAllMocks()
  }
}
