import type { ClientReport } from '@ringlog/core/internal'
import { VirtualClock } from '@ringlog/core/testing'
import { settle } from '@ringlog/test-kit'
import { expect, test } from 'vitest'
import { ClientQuestions } from '../../src/controller/client-questions.ts'
import type { ClientTelling } from '../../src/wire/controller-service.ts'

const NEVER = new Promise<void>(() => undefined)
const AT_ONCE = Promise.resolve()

function telling(clientId: string): ClientTelling {
  return { threadId: 7, reports: [{ kind: 'consumer', clientId } as ClientReport] }
}

test('a client is asked by the answer to its call, and its next call tells; those who ask meanwhile share it', async () => {
  const questions = new ClientQuestions(new VirtualClock())
  const first = questions.ask(NEVER) // before the client has called
  const asked = questions.tell(null)
  await asked
  const second = questions.ask(NEVER)
  let isAsked = false
  void questions.tell(telling('a')).then(() => (isAsked = true))
  const answer = {
    isSilent: false,
    clients: [{ kind: 'consumer', clientId: 'a', threadId: 7, ageMs: 0 }],
  }
  expect(await Promise.all([first, second])).toEqual([answer, answer])
  await settle()
  expect(isAsked).toBe(false)
  const third = questions.ask(NEVER)
  await settle()
  expect(isAsked).toBe(true)
  void questions.tell(telling('b'))
  expect(await third).toMatchObject({ isSilent: false, clients: [{ clientId: 'b' }] })
})

test('one that does not answer is told of as it was last, and not waited for again until it has answered', async () => {
  const clock = new VirtualClock()
  const questions = new ClientQuestions(clock)
  expect(await questions.ask(AT_ONCE)).toEqual({ isSilent: true, clients: [] })
  void questions.tell(null)
  void questions.tell(telling('a'))
  expect(await questions.ask(AT_ONCE)).toMatchObject({ isSilent: true })
  await clock.advance(250)
  expect(await questions.ask(NEVER)).toEqual({
    isSilent: true,
    clients: [{ kind: 'consumer', clientId: 'a', threadId: 7, ageMs: 250 }],
  })
  void questions.tell(telling('b'))
  const asked = questions.ask(NEVER)
  void questions.tell(telling('c'))
  expect(await asked).toMatchObject({ isSilent: false, clients: [{ clientId: 'c', ageMs: 0 }] })
})

test('one that goes is left out, also of questions that wait for it', async () => {
  const questions = new ClientQuestions(new VirtualClock())
  void questions.tell(null)
  const asked = questions.ask(NEVER)
  questions.close()
  expect(await asked).toBe(null)
  expect(await questions.ask(NEVER)).toBe(null)
})
