import { ELLIPSIS } from './ellipsis.ts'

const MAX_SHOWN_LENGTH = 60

/** Prints a value that a user gave, short and on one line. Never throws, whatever the value. */
export function show(value: unknown): string {
  try {
    return print(value)
  } catch {
    return 'something that cannot be shown' // a proxy or a getter of the user's throws
  }
}

function print(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(
      value.length > MAX_SHOWN_LENGTH ? `${value.slice(0, MAX_SHOWN_LENGTH)}${ELLIPSIS}` : value,
    )
  }
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') {
    return value.name === '' ? 'a function' : `the function ${value.name}`
  }
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) {
    return `an object (${value.constructor?.name ?? 'without a prototype'})`
  }
  return String(value)
}
