import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FOLLOWER_WORDS_BYTES, FollowerWords } from '../../src/follower/follower-words.ts'

test('the words of a follower stand where their diagram says', () => {
  const source = readFileSync(
    new URL('../../src/follower/follower-words.ts', import.meta.url),
    'utf8',
  )
  const places = new Map(
    [...source.matchAll(/^ \* +(\d+) {3}([A-Z_]{4,}) /gm)].map(
      ([, byte, name]) => [name!, Number(byte)] as const,
    ),
  )
  const words = FollowerWords.create({ logStartOffset: 3, endOffset: 70 }, 2)
  expect(words).toMatchObject({ isOver: false, leaderEpoch: 2 })
  words.leaderEpoch = 5
  words.setOver()

  expect(words).toMatchObject({
    isOver: true,
    leaderEpoch: 5,
    logStartOffset: 3,
    logEndOffset: 70,
  })
  const memory = new BigInt64Array(words.memory)
  const written = { STATE: 1n, LEADER_EPOCH: 5n, LOG_START: 3n, LOG_END: 70n }
  expect([...places.keys()]).toStrictEqual(Object.keys(written))
  for (const [name, value] of Object.entries(written)) {
    expect([name, memory[places.get(name)! / 8]]).toStrictEqual([name, value])
  }
  expect(source).toContain(`${FOLLOWER_WORDS_BYTES}   (end)`)
})
