import { RinglogError, RpcClient, serveRpc } from '@ringlog/core/internal'
import { until } from '@ringlog/test-kit'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'

class Service {
  secret = 1

  double(value: number): number {
    return 2 * value
  }
}

type Message = Record<string, unknown>

const ports: MessagePort[] = []

afterEach(() => {
  for (const port of ports.splice(0)) port.close()
})

function channel(): { ours: MessagePort; theirs: MessagePort } {
  const { port1, port2 } = new MessageChannel()
  ports.push(port1, port2)
  return { ours: port1, theirs: port2 }
}

/** Posts messages to a served port; resolves with all that comes back before a sound call is answered. */
async function answersOf(...messages: unknown[]): Promise<Message[]> {
  const { ours, theirs } = channel()
  serveRpc(ours, new Service())
  const answers: Message[] = []
  theirs.on('message', (answer: Message) => answers.push(answer))
  for (const message of messages) theirs.postMessage(message)
  theirs.postMessage({ ...call, id: 'last' })
  await until(() => answers.some(({ id }) => id === 'last'))
  expect(answers.pop()).toEqual({ id: 'last', type: 'RAW', value: 4 })
  return answers
}

const call = {
  id: 'first',
  type: 'APPLY',
  path: ['double'],
  argumentList: [{ type: 'RAW', value: 2 }],
}

describe('a served port', () => {
  test.each([null, 5, 'text', [], {}, new Map(), { id: 5 }, { id: '' }, { ...call, id: {} }])(
    'drops what nobody waits for: %s',
    async (message) => {
      expect(await answersOf(message)).toEqual([])
    },
  )

  test.each<[string, Message]>([
    ['arguments that are no list', { argumentList: 5 }],
    ['no arguments', { argumentList: undefined }],
    ['an argument of no kind', { argumentList: [{ type: 'OTHER' }] }],
    ['an argument that is none', { argumentList: [null] }],
    ['an argument that throws', { argumentList: [{ type: 'HANDLER', name: 'throw', value: {} }] }],
    ['an argument that is a port', { argumentList: [{ type: 'HANDLER', name: 'proxy' }] }],
    ['no method', { path: [] }],
    ['a path that is text', { path: 'double' }],
    ['a longer path', { path: ['double', 'call'] }],
    ['a method that there is not', { path: ['triple'] }],
    ['a property', { path: ['secret'] }],
    ['what every object has', { path: ['constructor'] }],
    ['a way to run code', { path: ['constructor', 'constructor'] }],
    ['another type: GET', { type: 'GET', path: ['secret'] }],
    ['another type: SET', { type: 'SET', path: ['secret'], value: { type: 'RAW', value: 2 } }],
    ['another type: CONSTRUCT', { type: 'CONSTRUCT' }],
    ['another type: ENDPOINT', { type: 'ENDPOINT', path: [] }],
    ['another type: RELEASE', { type: 'RELEASE', path: [] }],
    ['no type', { type: undefined }],
  ])('refuses a call with %s, and goes on', async (_, fields) => {
    const [answer] = await answersOf({ ...call, ...fields })
    expect(answer).toMatchObject({
      id: 'first',
      type: 'HANDLER',
      name: 'throw',
      value: { error: { code: 'INVALID_REQUEST', message: expect.stringContaining('no call') } },
    })
  })
})

describe('a calling port', () => {
  async function answeredWith(answer: Message): Promise<unknown> {
    const { ours, theirs } = channel()
    const client = new RpcClient<Service>(ours, {
      name: 'the service',
      lostError: () => new RinglogError('PARTITION_OFFLINE'),
    })
    theirs.on('message', ({ id }: Message) => {
      for (const noise of [null, 5, {}, { id: 'of no call' }]) theirs.postMessage(noise)
      theirs.postMessage({ ...answer, id })
    })
    return client.call('double', [2]).catch((error: unknown) => error)
  }

  test.each<[string, Message]>([
    ['nothing', {}],
    ['a value of no kind', { type: 'OTHER', value: 4 }],
    ['a handler of no name', { type: 'HANDLER', name: 'constructor', value: 4 }],
    ['a port', { type: 'HANDLER', name: 'proxy', value: 4 }],
  ])('whose call is answered with %s rejects it', async (_, answer) => {
    expect(await answeredWith(answer)).toMatchObject({ code: 'INVALID_REQUEST' })
  })

  test('whose call is answered with an error that is none rejects it with one', async () => {
    const answer = { type: 'HANDLER', name: 'throw', value: { no: 'error' } }
    expect(await answeredWith(answer)).toMatchObject({ code: 'UNKNOWN_SERVER_ERROR' })
  })
})
