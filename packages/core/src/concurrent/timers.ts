/**
 * The timer functions as they were when this package was loaded: a test suite that replaces the
 * global ones by fakes must not stop the library's clock.
 */
export const setTimer: typeof setTimeout = globalThis.setTimeout
export const clearTimer: typeof clearTimeout = globalThis.clearTimeout
export const setTurnEnd: typeof setImmediate = globalThis.setImmediate
/** Calls back before the event loop turns, after what runs now. */
export const setMicrotask: typeof queueMicrotask = globalThis.queueMicrotask

/** The longest delay that a Node.js timer takes, in milliseconds; about 24.8 days. */
export const MAX_TIMER_MS = 2 ** 31 - 1
