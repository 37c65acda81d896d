/** As it was when this package was loaded: tests that fake the time must not stop our deadlines. */
const { hrtime } = process
const readClock = hrtime.bigint.bind(hrtime)

/**
 * Milliseconds on the one clock that all threads of the process share and that never goes back;
 * deadlines cross threads as values of it. (`performance.now` starts anew in each thread.)
 */
export function monotonicMs(): number {
  return Number(readClock()) / 1e6
}
