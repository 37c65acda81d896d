/** Writes down each record; fails or ends its thread where it is told to. */
import type { ConsumerRecord, HandlerContext } from 'ringlog'

export interface Noting {
  readonly doneTopic: string
  /** At this value the thread ends, once. */
  readonly crashAt?: string
  /** Word 0: whether that was. */
  readonly crashes?: SharedArrayBuffer
  /** Records of this key fail, so often. */
  readonly bad?: { readonly key: string; readonly times: number }
}

export async function handle(
  { key, value }: ConsumerRecord,
  { data, attempt, threadIndex, produce }: HandlerContext<Noting>,
): Promise<number> {
  const { doneTopic, crashAt, crashes, bad } = data
  if (crashAt === `${String(key)}:${String(value)}` && crashes !== undefined) {
    if (Atomics.exchange(new Int32Array(crashes), 0, 1) === 0) process.exit(1)
  }
  if (bad?.key === String(key) && attempt <= bad.times) throw new RangeError(`attempt ${attempt}`)
  await produce({ topic: doneTopic, key, value, headers: { thread: String(threadIndex) } })
  return attempt
}
