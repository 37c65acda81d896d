import {
  PARTITION_WORKER_STEPS,
  choiceOption,
  durationMsOption,
  type LogClient,
  type PartitionWorkerStep,
  type TopicPartition,
} from '@ringlog/core/internal'
import { checkArgument, checkOptionNames } from './check-argument.ts'
import { injectFault, type InjectedFault } from './injected-fault.ts'

/** Where `killPartitionWorker` kills. */
export interface KillOptions {
  /** The step of the worker at which its thread ends. Default: wherever it stands, at once. */
  step?: PartitionWorkerStep | undefined
}

/**
 * Ends the thread of a partition's worker, as a crash would.
 *
 * Without a step it resolves when the thread has ended, also where that was blocked. With one it resolves
 * when the kill is in force; the thread then ends by itself the next time it comes to that step, in the
 * middle of whatever it does: `struck` waits for it.
 *
 * ```ts
 * const kill = await killPartitionWorker(broker, { topic: 'orders', partition: 0 }, { step: 'afterPublish' })
 * const sent = producer.send({ topic: 'orders', value: 'paid' }) // in the log, and not acknowledged
 * await kill.struck()
 * await sent // once all the same
 * ```
 *
 * @param client A broker, or any client of it.
 * @throws RinglogError INVALID_REQUEST for a step that there is not, an option that there is not, or a
 *   client without a broker; UNKNOWN_TOPIC_OR_PARTITION, PARTITION_OFFLINE, BROKER_CLOSED.
 */
export async function killPartitionWorker(
  client: LogClient,
  partition: TopicPartition,
  options: KillOptions = {},
): Promise<InjectedFault> {
  const call = 'killPartitionWorker()'
  checkOptionNames(call, options, ['step'])
  const { step } = options
  if (step !== undefined) checkArgument(call, 'step', STEP_OPTION, step)
  return injectFault(client, partition, { type: 'kill', step: step ?? null })
}

const STEP_OPTION = choiceOption(PARTITION_WORKER_STEPS[0], PARTITION_WORKER_STEPS)

/**
 * Blocks the thread of a partition's worker: it appends nothing, answers nothing, moves no gate. Resolves when
 * it blocks.
 *
 * ```ts
 * const pause = await pausePartitionWorker(broker, { topic: 'orders', partition: 0 }, 5_000)
 * const sent = producer.send({ topic: 'orders', value: 'paid' })
 * pause.lift() // or after 5 s
 * await sent
 * ```
 *
 * @param client A broker, or any client of it.
 * @param ms For how long, unless it is lifted before: 1 to 2,147,483,647.
 * @throws RinglogError INVALID_REQUEST, UNKNOWN_TOPIC_OR_PARTITION, PARTITION_OFFLINE, BROKER_CLOSED.
 */
export async function pausePartitionWorker(
  client: LogClient,
  partition: TopicPartition,
  ms: number,
): Promise<InjectedFault> {
  checkArgument('pausePartitionWorker()', 'ms', durationMsOption(1, 1), ms)
  const pause = await injectFault(client, partition, { type: 'pause', ms })
  await pause.struck()
  return pause
}
