import { RinglogError, decodeError } from '@ringlog/core/internal'
import { channel } from 'node:diagnostics_channel'
import type { MessagePort } from 'node:worker_threads'
import type { BrokerEvent } from '../wire/broker-event.ts'
import { warnOfSlowClose } from './slow-close-warning.ts'
import { warnOfUnread } from './unread-warning.ts'

/** See `BrokerConfig.onError`. */
type OnError = (error: RinglogError) => void

/**
 * The other end of the controller's `BrokerEvents`: calls the user's callback, and publishes.
 *
 * Thread: the one that started the broker; the port does not keep it alive.
 */
export function receiveEvents(port: MessagePort, onError: OnError | null): void {
  port.on('message', (message: BrokerEvent) => {
    if (message.type === 'error') {
      return reportError(onError, toRinglogError(decodeError(message.error)))
    }
    if (message.type === 'slowClose') return warnOfSlowClose(message.slowClose)
    if (message.name === 'evicted') warnOfUnread(message.event)
    const published = channel(`ringlog:${message.name}`)
    if (published.hasSubscribers) published.publish(message.event)
  })
  port.unref()
}

/** An error that no call can report: to the user's callback, else as a warning of the process. */
export function reportError(onError: OnError | null, error: RinglogError): void {
  if (onError !== null) onError(error)
  else process.emitWarning(error)
}

function toRinglogError(error: Error): RinglogError {
  if (RinglogError.is(error)) return error
  return new RinglogError('UNKNOWN_SERVER_ERROR', error.message, { cause: error })
}
