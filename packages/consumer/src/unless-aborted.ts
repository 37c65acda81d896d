/**
 * Resolves as `work` does; or, with nothing, as soon as `signal` is aborted: what becomes of the work
 * then is not looked at.
 */
export async function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  if (!signal.aborted) {
    let onAbort: () => void
    const aborted = new Promise<undefined>((resolve) => {
      onAbort = () => resolve(undefined)
      signal.addEventListener('abort', onAbort, { once: true })
    })
    return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', onAbort))
  }
  work.catch(() => undefined)
  return undefined
}
