/** Never ends, and lets the event loop turn. */
export function handle(): Promise<void> {
  return new Promise(() => undefined)
}
