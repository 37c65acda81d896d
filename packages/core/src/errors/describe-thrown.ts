import { inspect } from 'node:util'
import { isError } from './built-in-errors.ts'
import { ELLIPSIS } from './ellipsis.ts'
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
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}${ELLIPSIS}` : text
}

/** What went wrong, to follow a colon: an error's message, or the thrown value in words. Never throws. */
export function reasonOf(thrown: unknown): string {
  try {
    if (isError(thrown)) return thrown.message
  } catch {
    // a getter of the user's throws
  }
  return describeThrown(thrown)
}
