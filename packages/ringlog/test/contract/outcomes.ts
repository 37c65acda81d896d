import type { RinglogError } from 'ringlog'

/** What calls end with, by call: a code and a message, `resolved`, or after so long `pending`. */
export async function outcomes(
  limitMs: number,
  calls: Record<string, Promise<unknown>>,
): Promise<Record<string, string>> {
  const late = new Promise<string>((resolve) => setTimeout(resolve, limitMs, 'pending').unref())
  const named = Object.entries(calls).map(async ([name, call]) => {
    const outcome = call.then(
      () => 'resolved',
      (error: RinglogError) => `${error.code}: ${error.message}`,
    )
    return [name, await Promise.race([outcome, late])]
  })
  return Object.fromEntries(await Promise.all(named)) as Record<string, string>
}
