import type { StorageHostOptions } from '@ringlog/storage'
import type { MessagePort } from 'node:worker_threads'

/** What a controller is started with. */
export interface ControllerStart {
  readonly brokerId: string
  readonly name: string
  readonly maxPartitions: number
  /** The file that a consumer pool's threads begin with; `null`: that of the pool's package. */
  readonly poolWorkerUrl: string | null
  /** See `BrokerConfig`. */
  readonly restartLimits: { readonly maxRestarts: number; readonly restartWindowMs: number }
  /** See `BrokerConfig`; `null`: never. */
  readonly groupExpiryMs: number | null
  /** See `BrokerState`. */
  readonly brokerState: SharedArrayBuffer
  /** The port of the broker's own client. */
  readonly ownPort: MessagePort
  /**
   * The port on which the controller posts events to the thread that started the broker: see `BrokerEvents`.
   */
  readonly eventPort: MessagePort
}

/** What the controller's thread is started with: its `workerData`. */
export interface ControllerThreadStart extends ControllerStart {
  /** The file that partitions' threads begin with. */
  readonly partitionWorkerUrl: string
  /** `null`: nothing outlives the broker. */
  readonly storage: StorageHostOptions | null
}

/** The message by which a client in any thread hands its port to the controller. */
export interface ConnectMessage {
  readonly type: typeof CONNECT_MESSAGE
  readonly brokerId: string
  readonly port: MessagePort
}

export const CONNECT_MESSAGE = 'ringlog:connect'
