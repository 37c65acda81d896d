/** What each thread of the pool loads: a paragraph comes in, its words and its hash go out. */
import { pbkdf2Sync } from 'node:crypto'
import type { ConsumerRecord, HandlerContext } from 'ringlog'

/** As a hash of a password: slow, because it hashes over and over. */
const ROUNDS = 500

export interface Result {
  words: number
  hash: string
}

/** The work itself: it keeps a core busy, and waits for nothing. */
export function work(chapter: string, text: string): Result {
  const words = text.match(/[\p{L}\p{N}'’]+/gu)?.length ?? 0
  return { words, hash: pbkdf2Sync(text, chapter, ROUNDS, 16, 'sha256').toString('hex') }
}

export async function handle(
  { key, value }: ConsumerRecord,
  { produce }: HandlerContext,
): Promise<void> {
  const result = work(String(key), String(value))
  // It waits while there is no room, and what it wrote is in the log before the paragraph is committed.
  await produce({ topic: 'results', key, value: JSON.stringify(result) })
}
