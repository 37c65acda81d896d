/** What each thread of the pool does: answers questions at once, and takes its time for jobs. */
import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsumerRecord } from 'ringlog'

/** How long a job waits for something else: a database, a mail server. */
const JOB_MS = 5

export interface Answer {
  words: number
  sha256: string
}

export function answerTo(text: string): Answer {
  return { words: text.match(/[\p{L}\p{N}'’]+/gu)?.length ?? 0, sha256: hash('sha256', text) }
}

/** What it returns is the answer to `pool.run()`. */
export async function handle({ topic, value }: ConsumerRecord): Promise<Answer | null> {
  if (topic === 'questions') return answerTo(String(value))
  await sleep(JOB_MS)
  return null
}
