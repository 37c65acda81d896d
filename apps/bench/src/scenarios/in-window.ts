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
  let answered = first
  const takeOne = async (): Promise<void> => {
    const answer = await answers[answered % WINDOW]!
    if (answer !== answered) throw new Error(`call ${answered} was answered ${answer}`)
    answered++
  }
  for (let sequence = first; sequence < end; sequence++) {
    if (sequence - answered === WINDOW) await takeOne()
    answers[sequence % WINDOW] = call(sequence)
  }
  while (answered < end) await takeOne()
}
