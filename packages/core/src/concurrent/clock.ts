/**
 * Milliseconds on the one clock that all threads of the process share and that never goes back;
 * deadlines cross threads as values of it. (`performance.now` starts anew in each thread.)
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
