import { RinglogError, RpcClient, monotonicMs, serveRpc } from '@ringlog/core/internal'
import { ProducerSession } from '@ringlog/partition-worker'
import { Choices } from '../input/choices.ts'
import { generateBatch } from '../input/generate-batch.ts'
import { hostileValue } from '../input/hostile-value.ts'
import { concat, viewOf } from '../input/mutate-bytes.ts'
import { FakePort } from './fake-port.ts'
import { LogRig } from './log-rig.ts'
import { demand, type Target } from './target.ts'

interface EchoService {
  echo(value: number): number
}

type Message = Record<string, unknown>

/**
 * Messages of any shape on a port that a partition worker serves, and answers of any shape on that of a
 * producer. Whoever names a call is answered; whatever was posted, the thread goes on.
 */
export function rpcTarget(): Target {
  const rig = new LogRig()
  let answered: Message[] = []
  const served = new FakePort((message) => answered.push(message as Message))
  serveRpc(served.port, new ProducerSession(rig.log, 'all'))

  let called: Message = {}
  const calling = new FakePort((message) => (called = message as Message))
  const client = new RpcClient<EchoService>(calling.port, {
    name: 'the fuzzer',
    lostError: () => new RinglogError('PARTITION_OFFLINE'),
  })

  /** A message to the served port; each answer is waited for. */
  async function post(message: unknown): Promise<string> {
    answered = []
    await rig.watch(async () => {
      served.receive(message)
      const id = (message as Message | null | undefined)?.['id']
      const isCall = typeof message === 'object' && typeof id === 'string' && id !== ''
      if (isCall) await untilAnswered()
      demand(answered.length <= (isCall ? 1 : 0), () => 'there are more answers than calls')
    })
    const [answer] = answered
    return answer === undefined ? 'dropped' : `answered ${String(answer['name'] ?? answer['type'])}`
  }

  async function untilAnswered(): Promise<void> {
    for (let turn = 0; answered.length === 0; turn++) {
      demand(turn < 100, () => 'a call is not answered')
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async function answerWith(choices: Choices): Promise<string> {
    const deadlineMs = monotonicMs() + 60_000
    const call = client.call('echo', [1], { deadlineMs })
    await Promise.resolve()
    const { id } = called
    calling.receive(hostileValue(choices))
    const value = hostileValue(choices)
    calling.receive(
      choices.boolean() ? { ...answerLike(choices, value), id } : { ...(value as object), id },
    )
    return call.then(
      () => 'resolved',
      (error: unknown) =>
        `rejected ${error instanceof Error ? error.name.slice(0, 20) : typeof error}`,
    )
  }

  return {
    name: 'rpc',
    covers: [
      ...['rpc-message', 'rpc-server', 'rpc-client', 'comlink-endpoint', 'remote-methods'].map(
        (file) => `packages/core/src/rpc/${file}.ts`,
      ),
      'packages/partition-worker/src/producer-session.ts',
    ],
    generate(random) {
      const batch = generateBatch(random, { lies: random.pick([0, 0.05]), isCompressed: false })
      const actions = random.bytes(4 + random.below(100))
      const input = concat(Uint8Array.of(0, 0), actions, batch)
      viewOf(input).setUint16(0, actions.length)
      return input
    },
    async run(input) {
      const actionBytes = input.length < 2 ? 0 : viewOf(input).getUint16(0)
      const choices = new Choices(input.subarray(2, 2 + actionBytes))
      const batch = input.slice(2 + actionBytes)
      const kind = choices.below(4)
      if (kind === 0) return answerWith(choices)
      if (kind === 1) return post(hostileValue(choices))
      return post(kind === 2 ? callLike(choices, hostileValue(choices)) : append(choices, batch))
    },
  }
}

/** An append, some of whose fields are of another shape. */
function append(choices: Choices, batch: Uint8Array): Message {
  const request: Message = {
    buffer: batch.buffer,
    sizeBytes: batch.length,
    requestDeadlineMs: Infinity,
    waitingSinceMs: 0,
    maxBlockMs: 0,
  }
  const lies = choices.below(3)
  for (let i = 0; i < lies; i++) {
    request[choices.pick(Object.keys(request))] = choices.boolean()
      ? choices.number()
      : hostileValue(choices)
  }
  const argument = choices.boolean()
    ? { type: 'RAW', value: request }
    : { type: 'HANDLER', name: 'move', value: request }
  return { id: 'id', type: 'APPLY', path: ['append'], argumentList: [argument] }
}

function callLike(choices: Choices, value: unknown): Message {
  const call: Message = {
    id: 'id',
    type: 'APPLY',
    path: ['append'],
    argumentList: [{ type: 'RAW', value }],
  }
  const field = choices.pick(Object.keys(call))
  return { ...call, [field]: choices.boolean() ? value : hostileValue(choices) }
}

function answerLike(choices: Choices, value: unknown): Message {
  const type = choices.pick(['RAW', 'HANDLER', 'HANDLER', 'OTHER'])
  return { type, name: choices.pick(['throw', 'move', 'proxy', 'constructor', 'x']), value }
}
