import type { Consumer } from '@ringlog/consumer'
import { RinglogError, type LogClient } from '@ringlog/core/internal'

/** What a handler may ask of the thread's consumer; all else is for what calls the handler to do: a pool, or a runner. */
export type HandlerConsumer = Pick<
  Consumer,
  | 'assignment'
  | 'beginningOffsets'
  | 'committed'
  | 'currentOffset'
  | 'endOffsets'
  | 'lag'
  | 'metrics'
  | 'offsetsForTimes'
  | 'paused'
  | 'position'
>

const ALLOWED: ReadonlySet<PropertyKey> = new Set<keyof HandlerConsumer>([
  'assignment',
  'beginningOffsets',
  'committed',
  'currentOffset',
  'endOffsets',
  'lag',
  'metrics',
  'offsetsForTimes',
  'paused',
  'position',
])
/** Those that return no promise, and so throw. */
const SYNCHRONOUS: ReadonlySet<PropertyKey> = new Set([
  'commitSync',
  'cursor',
  'pause',
  'pollSync',
  'resume',
  'seek',
  'toReadable',
  'wakeup',
  Symbol.asyncIterator,
])

/** The consumer as handlers have it: what would break the loop is refused in words. */
export function guardConsumer(consumer: Consumer): HandlerConsumer {
  return new Proxy(consumer, {
    get(_, name) {
      const value: unknown = Reflect.get(consumer, name)
      if (typeof value !== 'function') return value
      if (ALLOWED.has(name)) return value.bind(consumer) as unknown
      const error = refusal(`context.consumer.${String(name)}()`)
      return (): Promise<never> => {
        if (SYNCHRONOUS.has(name)) throw error
        return Promise.reject(error)
      }
    },
  })
}

/** The client as handlers have it: it is not for them to close. */
export function guardClient(client: LogClient): LogClient {
  return overlay(client, { close: refuseClose, [Symbol.asyncDispose]: refuseClose })
}

function refuseClose(): Promise<never> {
  return Promise.reject(refusal('context.client.close()'))
}

/** @param call As a handler has written it. */
export function refusal(call: string): RinglogError {
  return new RinglogError(
    'INVALID_STATE',
    `${call} is not for handlers: who calls them alone polls, commits, pauses and closes. For a consumer of ` +
      "your own: new Consumer(context.client); in a pool made in the module's start, and closed in its stop",
    { details: { call } },
  )
}

/** The same object, but for some of its properties. */
export function overlay<T extends object>(target: T, own: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(own, name)) return own[name as keyof T]
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
