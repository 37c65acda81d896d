/** So many calls are under way at once. */
const WINDOW = 1_000

/**
 * Makes a call for each sequence, so many at once, and awaits all answers.
 *
 * @throws Error unless each is answered with its own sequence.
 */
export async function inWindow(
  first: number,
  end: number,
  call: (sequence: number) => Promise<number>,
): Promise<void> {
  const answers: Array<Promise<number>> = []
  for (let sequence = first; sequence < end + WINDOW; sequence++) {
    const awaited = sequence - WINDOW
    if (awaited >= first) {
      const answer = await answers[awaited % WINDOW]!
      if (answer !== awaited) throw new Error(`call ${awaited} was answered ${answer}`)
    }
    if (sequence < end) answers[sequence % WINDOW] = call(sequence)
  }
}
