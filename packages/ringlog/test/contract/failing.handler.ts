/** Throws. */
export function handle(): void {
  throw new Error('cannot be handled')
}
