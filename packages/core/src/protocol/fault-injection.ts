import type { RinglogErrorCode } from '../errors/error-codes.ts'
import { RinglogError } from '../errors/ringlog-error.ts'
import { show } from '../errors/show.ts'
import type { TopicPartition } from '../topic-partition.ts'

/**
 * The steps of a partition worker at which a kill can be aimed: between any two of them, shared memory is in
 * a state that its successor has to understand.
 *
 * - `beforeNote`: a batch is checked, has room, and is in the table of producers (INV-80). The ring is as it
 *   was.
 * - `afterNote`: its lane, where it came by one, has the note of it (INV-24).
 * - `afterCopy`: its bytes lie behind the end of the log.
 * - `afterPublish`: consumers can read it; nobody was woken.
 * - `beforeAcknowledge`: the log is done with it; its producer has no answer.
 * - `afterAcknowledge`: the answer lies in the lane, and the producer was not woken; by RPC, it has left.
 * - `whileEvicting`: the log's start offset has moved, its start position has not (INV-6).
 * - `whileWaitingForRoom`: a batch has begun to wait for room in a full ring.
 * - `whileMovingGate`: a group's gate was taken from its owner, and is not its next owner's yet.
 * - `afterMovingGate`: it is the next owner's, and the controller has no answer.
 */
export const PARTITION_WORKER_STEPS = [
  'beforeNote',
  'afterNote',
  'afterCopy',
  'afterPublish',
  'beforeAcknowledge',
  'afterAcknowledge',
  'whileEvicting',
  'whileWaitingForRoom',
  'whileMovingGate',
  'afterMovingGate',
] as const

/** One of `PARTITION_WORKER_STEPS`. */
export type PartitionWorkerStep = (typeof PARTITION_WORKER_STEPS)[number]

/** Called by a partition worker at each of its steps. */
export type OnPartitionWorkerStep = (step: PartitionWorkerStep) => void

/** A fault in one partition's worker, as plain data. */
export type PartitionFault =
  | { readonly type: 'kill'; readonly step: PartitionWorkerStep | null }
  | { readonly type: 'pause'; readonly ms: number }
  | { readonly type: 'delayAcks'; readonly ms: number }
  | { readonly type: 'dropAcks'; readonly count: number }
  | { readonly type: 'failAppends'; readonly code: RinglogErrorCode; readonly times: number }
  | { readonly type: 'corruptNextBatch' }

/** A fault on its way to a partition's worker. */
export interface SwitchedFault {
  readonly fault: PartitionFault
  /** Of its `FaultSwitch`. */
  readonly memory: SharedArrayBuffer
}

/** A fault in a broker, as plain data. */
export type BrokerFault =
  | { readonly type: 'partition'; readonly at: TopicPartition; readonly switched: SwitchedFault }
  | { readonly type: 'rebalance'; readonly groupId: string }

/** Injects faults: what `ringlog/testing` asks of a client. */
export interface FaultInjector {
  /**
   * Resolves when the fault is in force.
   *
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, PARTITION_OFFLINE, GROUP_ID_NOT_FOUND,
   *   INVALID_GROUP_ID, INVALID_REQUEST, BROKER_CLOSED.
   */
  inject(fault: BrokerFault): Promise<void>
  /**
   * Ends the client, as the end of its thread would.
   *
   * @throws RinglogError INVALID_REQUEST for a broker.
   */
  killClient(): void
}

/** Where a client keeps its fault injector; a symbol of the process, so that copies of this package agree. */
export const FAULT_INJECTOR: unique symbol = Symbol.for('ringlog.faults') as typeof FAULT_INJECTOR

/** A client into whose broker faults can be injected. */
export interface FaultInjectorHolder {
  readonly [FAULT_INJECTOR]: FaultInjector
}

/** @throws RinglogError INVALID_REQUEST when `client` has no broker with threads of its own. */
export function faultInjectorOf(client: unknown): FaultInjector {
  const injector = (client as Partial<FaultInjectorHolder> | null | undefined)?.[FAULT_INJECTOR]
  if (injector !== undefined) return injector
  throw new RinglogError(
    'INVALID_REQUEST',
    `faults are injected into a broker from Broker.start(), or by a client from connect(), got ${
      client instanceof Promise ? 'a promise of something: await it first' : show(client)
    }`,
  )
}
