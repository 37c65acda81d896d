import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { RinglogError } from '../../src/index.ts'
import {
  either,
  errorCode,
  fields,
  findArgumentFault,
  flag,
  listOf,
  messagePort,
  nullable,
  number,
  oneOf,
  regExp,
  sharedMemory,
  text,
  variants,
  wholeNumber,
  type Shape,
} from '../../src/rpc/call-shapes.ts'
import { RpcClient } from '../../src/rpc/rpc-client.ts'
import { serveRpc } from '../../src/rpc/rpc-server.ts'
import { withTransfer } from '../../src/rpc/move-transfer.ts'

const AT = fields({ topic: text, partition: wholeNumber })
const FAULT = variants({ pause: fields({ ms: number }), corrupt: fields({}) })

test.each<[string, Shape, readonly unknown[]]>([
  ['a string', text, ['', 'a']],
  ['true or false', flag, [true, false]],
  ['a RegExp', regExp, [/a/]],
  ['a number', number, [0, -1.5, Infinity]],
  ['a non-negative integer', wholeNumber, [0, 5]],
  ['a code of RinglogError', errorCode, ['WAKEUP']],
  ['a MessagePort', messagePort, [new MessageChannel().port1]],
  ['shared memory of at least 8 bytes', sharedMemory(8), [new SharedArrayBuffer(8)]],
  ['one of "a", 5', oneOf('a', 5), ['a', 5]],
  ['a non-negative integer', either(oneOf('latest'), wholeNumber), ['latest', 0]],
  ['a string', nullable(text), [null, 'a']],
  ['a list', listOf(text), [[], ['a']]],
  ['an object', AT, [{ topic: 'a', partition: 0, more: 1 }]],
])('what must be %s is nothing else', (what, shape, good) => {
  for (const value of good) expect(shape(value)).toBeNull()
  for (const value of [undefined, NaN, 7n]) {
    expect(shape(value)).toContain(` must be ${what}, got `)
  }
})

test('memory may be larger than it must be, and not smaller', () => {
  const shape = sharedMemory(8)
  expect(shape(new SharedArrayBuffer(9))).toBeNull()
  expect(shape(new SharedArrayBuffer(7))).toContain('at least 8 bytes, got an object')
  expect(shape(new ArrayBuffer(8))).toContain('shared memory')
})

test('a fault names where it is', () => {
  const shapes = { open: { consumer: fields({ id: text }), partitions: listOf(AT) } }
  const faultOf = (...args: unknown[]): string | null => findArgumentFault(shapes, 'open', args)
  expect(faultOf({ id: 'a' }, [])).toBeNull()
  expect(faultOf()).toBe('open(): consumer must be an object, got undefined')
  expect(faultOf({ id: 5 }, [])).toBe('open(): consumer.id must be a string, got 5')
  expect(
    faultOf({ id: 'a' }, [
      { topic: 'a', partition: 0 },
      { topic: 'a', partition: -1 },
    ]),
  ).toBe('open(): partitions[1].partition must be a non-negative integer, got -1')
  expect(FAULT({ type: 'pause', ms: 1 })).toBeNull()
  expect(FAULT({ type: 'corrupt' })).toBeNull()
  expect(FAULT({ type: 'pause' })).toBe('.ms must be a number, got undefined')
  expect(FAULT({ type: 'toString' })).toBe(
    '.type must be one of "pause", "corrupt", got "toString"',
  )
})

test('a call that is not so is refused before the method is called; ports in it are closed', async () => {
  const { port1, port2 } = new MessageChannel()
  let calls = 0
  const service = { take: () => void calls++ }
  serveRpc(port2, service, { take: { port: messagePort, name: text } })
  onTestFinished(() => port2.close())
  const client = new RpcClient<{ take(port: object, name: unknown): void }>(port1, {
    name: 'the service',
    lostError: () => new RinglogError('BROKER_CLOSED'),
  })
  const given = new MessageChannel()
  const closed = new Promise((resolve) => given.port1.once('close', resolve))
  await expect(
    client.call('take', [withTransfer(given.port2, [given.port2]), 5]),
  ).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    message: 'take(): name must be a string, got 5',
  })
  await closed
  expect(calls).toBe(0)
  const good = new MessageChannel().port2
  await client.call('take', [withTransfer(good, [good]), 'a'])
  expect(calls).toBe(1)
})
