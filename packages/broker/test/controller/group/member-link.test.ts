import { Doorbell, MemberMemory } from '@ringlog/core/internal'
import { expect, test } from 'vitest'
import { MemberLink } from '../../../src/controller/group/member-link.ts'

function openLink(): MemberLink {
  const consumer = {
    consumerId: 'a',
    clientId: 'a',
    groupId: 'billing',
    doorbell: new Doorbell().memory,
    isGating: false,
    session: {},
  }
  return new MemberLink(consumer, 'earliest', new MemberMemory().memory)
}

const LONG_MS = 60_000

test('waits for the grants that are on their way, and for no others', async () => {
  const link = openLink()
  await link.untilGrantsCame(LONG_MS)
  const first = Promise.withResolvers<void>()
  const second = Promise.withResolvers<void>()
  const later = Promise.withResolvers<void>()
  link.expectGrant(first.promise)
  link.expectGrant(second.promise)
  let isOver = false
  const waiting = link.untilGrantsCame(LONG_MS).then(() => (isOver = true))
  link.expectGrant(later.promise)
  first.resolve()
  await new Promise((resolve) => setImmediate(resolve))
  expect(isOver).toBe(false)
  second.resolve()
  await waiting
  later.resolve()
  await link.untilGrantsCame(LONG_MS)
})

test('waits no longer than it may', async () => {
  const link = openLink()
  link.expectGrant(new Promise(() => undefined))
  await link.untilGrantsCame(1)
})
