import { encodeError } from '@ringlog/core/internal'
import type { MessagePort } from 'node:worker_threads'
import type { BrokerEvent, DiagnosticsEvents, SlowClose } from '../wire/broker-event.ts'

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
