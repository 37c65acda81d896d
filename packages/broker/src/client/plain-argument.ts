import { show } from '@ringlog/core/internal'

/**
 * What a user gave, as plain data that can cross to the controller, which checks it: what cannot cross (a
 * function, a symbol) becomes text, so that the controller's error can name it.
 */
export function toPlain<T>(given: T): T {
  try {
    return structuredClone(given)
  } catch {
    return show(given) as T
  }
}

/** The same for an object of options, each by itself. */
export function toPlainOptions<T>(given: T): T {
  if (typeof given !== 'object' || given === null || Symbol.iterator in given) return toPlain(given)
  const entries = Object.entries(given).map(([name, value]) => [name, toPlain<unknown>(value)])
  return Object.fromEntries(entries) as T
}
