/** Milliseconds on the one clock that all threads of the process share. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
