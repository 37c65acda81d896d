import { RinglogError } from '@ringlog/core'
import { describe, expect, test } from 'vitest'
import { ConsumerPool, type ConsumerPoolConfig } from '../src/index.ts'
import { Rig, TOPIC, handlerFile } from './rig.ts'

async function faultsOf(rig: Rig, config: unknown): Promise<Record<string, string>> {
  const error: unknown = await ConsumerPool.start(rig.broker, config as ConsumerPoolConfig).then(
    (pool) => pool.close(),
    (refusal: unknown) => refusal,
  )
  if (!RinglogError.is(error, 'INVALID_CONFIG')) throw error
  const faults = error.details['faults'] as Array<{ option: string; fault: string }>
  return Object.fromEntries(faults.map(({ option, fault }) => [option, fault]))
}

describe('a configuration', () => {
  test('is refused with every fault of it', async () => {
    const rig = await Rig.start({ partitions: 1 })
    const faults = await faultsOf(rig, {
      topics: ['orders', 'not a topic'],
      handler: './relative.js',
      threads: 0,
      data: {
        get what(): unknown {
          // oxlint-disable-next-line typescript/only-throw-error -- getters of users throw anything
          throw null
        },
      },
      concurrency: 'record',
      maxAttempts: 0,
      retryBackoffMs: -1,
      onExhausted: { deadLetterTopic: '' },
      onError: 'log',
      signal: {},
      autoCommit: true,
      valueSerde: {},
      onRecordsMissed: () => undefined,
      maxPollRecords: 0,
      wrong: 1,
    })
    const names =
      'autoCommit concurrency data groupId handler maxAttempts maxPollRecords onError onExhausted ' +
      'onRecordsMissed retryBackoffMs signal threads topics valueSerde wrong'
    expect(Object.keys(faults).sort()).toEqual(names.split(' '))
    expect(faults['handler']).toBe('must be a URL or an absolute path, got "./relative.js"')
    expect(faults['groupId']).toBe('must be given')
    expect(faults['data']).toBe('must be plain data, which can cross threads: null')
    for (const given of [undefined, null, 'billing']) {
      expect(Object.keys(await faultsOf(rig, given))).toEqual([''])
    }
  })

  test('names the option that was meant, be it of a pool or of a consumer', async () => {
    const rig = await Rig.start({ partitions: 1 })
    const faults = await faultsOf(rig, {
      topic: 'orders',
      thread: 2,
      group: 'billing',
      eachMessage: undefined,
      fromBeginning: true,
    })
    expect(faults['topic']).toBe('is not an option; did you mean topics?')
    expect(faults['thread']).toBe('is not an option; did you mean threads?')
    expect(faults['group']).toMatch(/^is not an option; did you mean groupId or groupInstanceId\?/)
    expect(faults['fromBeginning']).toContain('autoOffsetReset of a consumer says where a group')
    expect(faults['eachMessage']).toMatch(
      /^is not an option; there are groupId, .*topics, .*handler/,
    )
  })

  test('needs a dead letter topic that is there and is not consumed', async () => {
    const rig = await Rig.start({ partitions: 1 })
    const handler = handlerFile('recording')
    const of = (deadLetterTopic: string): Promise<Record<string, string>> =>
      faultsOf(rig, { groupId: 'g', topics: /^o/, handler, onExhausted: { deadLetterTopic } })
    expect(await of('dead')).toEqual({
      'onExhausted.deadLetterTopic': 'must name a topic that exists, got "dead": create it first',
    })
    const onExhausted = { deadLetterTopic: TOPIC, retries: 2 }
    expect(await faultsOf(rig, { groupId: 'g', topics: ['t'], handler, onExhausted })).toEqual({
      onExhausted: '.retries is not an option; there is deadLetterTopic',
    })
    expect(await of(TOPIC)).toEqual({
      'onExhausted.deadLetterTopic': 'must not name a topic that the pool consumes, got "orders"',
    })
  })

  test('needs a handler module that is there, loads, and exports one', async () => {
    const rig = await Rig.start({ partitions: 1 })
    const of = async (handler: string, more = {}): Promise<string> =>
      (await faultsOf(rig, { groupId: 'g', topics: [TOPIC], handler, ...more }))['handler']!
    expect(await of('/no/such/module.js')).toContain('there is no file /no/such/module.js')
    expect(await of(handlerFile('nothing'))).toBe(
      'must export handle or handleBatch; it exports help',
    )
    expect(await of('data:text/javascript,export const handle = 1')).toBe(
      'must export handle as a function, not as number; it exports handle',
    )
    expect(
      await of('data:text/javascript,export const handle = () => 1; export const keySerde = {}'),
    ).toBe(
      'must export keySerde as a serde, { serialize, deserialize }, not as an object (Object); it exports handle, keySerde',
    )
    expect(await of('data:text/javascript,throw new Error("boom")')).toBe(
      'could not be loaded: boom',
    )
    expect(
      await of('data:text/javascript,export function handle(){}; export function handleBatch(){}'),
    ).toContain('must export either handle or handleBatch, not both')
    expect(await of(handlerFile('batching'), { concurrency: 'key' })).toContain(
      'must export handle: concurrency "key" has no batches',
    )
    expect(await rig.broker.listGroups()).toEqual([])
  })

  test('takes a CommonJS module whose exports cannot be seen in its text', async () => {
    const rig = await Rig.start({ partitions: 1 })
    const pool = await rig.pool('made-exports.cjs', { threads: 1 })
    expect(await pool.run({ topic: TOPIC, value: 'x' })).toBe('made')
    await pool.close()
  })

  test('with a start that fails is told so', async () => {
    const rig = await Rig.start({ partitions: 1 })
    await expect(rig.pool('broken-start', { onError: () => undefined })).rejects.toMatchObject({
      code: 'HANDLER_FAILED',
      message: expect.stringContaining('RangeError: no database'),
    })
  })

  test('has a thread for each partition by default, but not more than cores', async () => {
    const rig = await Rig.start({ partitions: 1 })
    const pool = await rig.pool('recording', { threads: undefined as never })
    expect((await pool.metrics()).threads).toHaveLength(1)
  })

  test('needs a client', async () => {
    await expect(ConsumerPool.start({} as never, {} as never)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
  })
})
