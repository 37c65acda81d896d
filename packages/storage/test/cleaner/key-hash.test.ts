import { expect, test } from 'vitest'
import { KeyHash } from '../../src/cleaner/key-hash.ts'

const SECRET = Uint8Array.from({ length: 16 }, (_, byte) => byte)

/** Of the bytes 0, 1, 2 …, so many: as the algorithm's authors give it. */
const VECTORS: ReadonlyArray<[length: number, hash: string]> = [
  [0, 'a3817f04ba25a8e66df67214c7550293'],
  [1, 'da87c1d86b99af44347659119b22fc45'],
  [2, '8177228da4a45dc7fca38bdef60affe4'],
  [15, '5493e99933b0a8117e08ec0f97cfc3d9'],
]

test.each(VECTORS)('the hash of %d bytes is that of the reference', (length, hash) => {
  const bytes = Uint8Array.from({ length: length + 3 }, (_, byte) => byte - 3)
  const hashed = new KeyHash(SECRET)
  hashed.of(bytes, 3, length)
  expect(Buffer.from(hashed.words.buffer).toString('hex')).toBe(hash)
})
