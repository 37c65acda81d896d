import {
  RinglogError,
  decodeError,
  encodeError,
  type BlockedEvent,
  type EvictedEvent,
  type WireError,
} from '@ringlog/core/internal'
import { channel } from 'node:diagnostics_channel'
import type { MessagePort } from 'node:worker_threads'
import type { RebalanceEvent } from './group/group-effect.ts'
import { warnOfSlowClose, type SlowClose } from './slow-close.ts'
import { warnOfUnread } from './unread-warning.ts'

/** What is published on `node:diagnostics_channel` as `ringlog:<name>`, by name. */
export interface DiagnosticsEvents {
  blocked: BlockedEvent
  evicted: EvictedEvent
  rebalance: RebalanceEvent
}

/** What the controller tells the thread that started the broker, one way, without an answer. */
export type BrokerEvent =
  | { readonly type: 'error'; readonly error: WireError }
  | { readonly type: 'slowClose'; readonly slowClose: SlowClose }
  | {
      [Name in keyof DiagnosticsEvents]: {
        readonly type: 'diagnostics'
        readonly name: Name
        readonly event: DiagnosticsEvents[Name]
      }
    }[keyof DiagnosticsEvents]

/**
 * The controller's end of the event port.
 *
 * Thread: the controller's.
 */
export class BrokerEvents {
  readonly #port: MessagePort

  constructor(port: MessagePort) {
    this.#port = port
  }

  /** Something went wrong that no call can report: for `BrokerConfig.onError`. */
  error(error: Error): void {
    this.#post({ type: 'error', error: encodeError(error) })
  }

  /** The broker takes its time to close. */
  slowClose(slowClose: SlowClose): void {
    this.#post({ type: 'slowClose', slowClose })
  }

  /**
   * Publishes an event, plain data, on `ringlog:<name>`. One message each: tell of changes of state,
   * not of records.
   */
  publish<Name extends keyof DiagnosticsEvents>(name: Name, event: DiagnosticsEvents[Name]): void {
    this.#post({ type: 'diagnostics', name, event } as BrokerEvent)
  }

  close(): void {
    this.#port.close()
  }

  #post(event: BrokerEvent): void {
    this.#port.postMessage(event)
  }
}

/**
 * The other end: calls the user's callback, and publishes.
 *
 * Thread: the one that started the broker; the port does not keep it alive.
 */
export function receiveEvents(port: MessagePort, onError: (error: RinglogError) => void): void {
  port.on('message', (message: BrokerEvent) => {
    if (message.type === 'error') return onError(toRinglogError(decodeError(message.error)))
    if (message.type === 'slowClose') return warnOfSlowClose(message.slowClose)
    if (message.name === 'evicted') warnOfUnread(message.event)
    const published = channel(`ringlog:${message.name}`)
    if (published.hasSubscribers) published.publish(message.event)
  })
  port.unref()
}

function toRinglogError(error: Error): RinglogError {
  if (RinglogError.is(error)) return error
  return new RinglogError('UNKNOWN_SERVER_ERROR', error.message, { cause: error })
}
