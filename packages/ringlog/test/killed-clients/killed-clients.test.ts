import { SEED } from '@ringlog/test-kit'
import { expect, onTestFinished, test } from 'vitest'
import { Killing, NOTHING } from './killing.ts'

/** What a dead client left is gone long before, whatever was under way: this is for a busy machine. */
const GONE_WITHIN_MS = 15_000

test(`threads that are ended wherever they are leave nothing behind (seed ${SEED})`, async () => {
  const killing = await Killing.start(SEED)
  onTestFinished(() => killing.close())
  const { handles } = (await killing.census('garbage')).get('controller')!
  await killing.killUntil(100)
  const untilMs = performance.now() + GONE_WITHIN_MS
  let left = await killing.left()
  while (JSON.stringify(left) !== JSON.stringify(NOTHING) && performance.now() < untilMs) {
    left = await killing.left()
  }
  expect(left).toEqual(NOTHING)
  for (const [, census] of await killing.census('garbage')) expect(census.handles).toEqual(handles)
})
