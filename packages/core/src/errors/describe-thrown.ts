import { inspect } from 'node:util'
import { isError } from './built-in-errors.ts'
import { show } from './show.ts'

const MAX_LENGTH = 1000
/** None of them has code of the value's own run. */
const INSPECT_OPTIONS = {
  customInspect: false,
  getters: false,
  showProxy: true,
  breakLength: Infinity,
}

/** A thrown value in words, short: `TypeError: no such order`, `{ status: 404 }`. Never throws. */
export function describeThrown(thrown: unknown): string {
  let text: string
  try {
    text =
      typeof thrown === 'object' && thrown !== null && !isError(thrown)
        ? inspect(thrown, INSPECT_OPTIONS)
        : String(thrown)
  } catch {
    text = show(thrown)
  }
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text
}
