import type { Anomaly, Check } from './anomaly.ts'
import type { CheckedHistory } from './checked-history.ts'
import { FailedBatches, OF_RECORDS, isCause } from './failed-batches.ts'

const ENDS = ['BROKER_CLOSED', 'BROKER_NOT_AVAILABLE', 'PARTITION_OFFLINE'] as const
/** What a call that runs the rebalance listener passes on. */
const OF_LISTENERS = 'PlannedFailure'

/** How long it may take a producer to hear of a topic, on a busy machine. */
const METADATA_MS = 500

const OF_POLLS = [OF_LISTENERS, 'WAKEUP', 'CONSUMER_CLOSED', 'UNKNOWN_MEMBER_ID'] as const
const OF_COMMITS = ['STALE_MEMBER_EPOCH', 'FENCED_MEMBER_EPOCH', 'UNKNOWN_MEMBER_ID'] as const

/**
 * What calls may fail with, in programs that keep to the rules; with any other error something is
 * wrong. Calls that are not named must succeed.
 */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  flush: OF_RECORDS,
  drained: OF_RECORDS,
  poll: [...OF_POLLS, 'INVALID_STATE'], // it was unsubscribed from elsewhere
  pollSync: OF_POLLS,
  'next of iterate': OF_POLLS,
  'next of stream': OF_POLLS,
  subscribe: [OF_LISTENERS],
  unsubscribe: [OF_LISTENERS, 'CONSUMER_CLOSED'],
  close: [OF_LISTENERS, ...OF_RECORDS],
  commit: [...OF_COMMITS, 'CONSUMER_CLOSED'],
  commitSync: OF_COMMITS,
  'commit in listener': OF_COMMITS,
  'poll in listener': ['INVALID_STATE', 'CONCURRENT_POLL', 'CONSUMER_CLOSED', 'WAKEUP'],
  'unsubscribe in listener': ['INVALID_STATE', 'CONSUMER_CLOSED'],
  createPartitions: ['INVALID_PARTITIONS'],
  resetGroupOffsets: ['NON_EMPTY_GROUP', 'GROUP_ID_NOT_FOUND'],
  rebalance: ['GROUP_ID_NOT_FOUND', 'INVALID_REQUEST'], // it has no members
  pauseWorker: ['WORKER_CRASHED'], // it has died before it was paused
}

/** Calls that pass on what became of records. */
const PRODUCING: ReadonlySet<string> = new Set(['flush', 'drained', 'close'])

/** What is thrown is what may be thrown there; nothing is thrown where nobody catches it. */
export const checkErrors: Check = (history) => {
  const anomalies: Anomaly[] = []
  const batches = new FailedBatches(history)
  const unexpected = (message: string, order: number): void => {
    anomalies.push({ kind: 'unexpected error', message, order })
  }
  for (const event of history.events) {
    const { order } = event
    if (event.type === 'ended' && event.error !== null) {
      const expected = EXPECTED[event.name] ?? []
      if (isExpected(event.error, expected, history)) continue
      if (PRODUCING.has(event.name) && batches.hasTold(event.actor, event.error)) continue
      if (event.name === 'close of pool' && isOfPool(event, history)) continue
      if (isUnknownYet(event.error, `${event.actor}#`, history)) continue
      unexpected(`${event.name} of ${event.actor}: ${event.error}: ${event.message}`, order)
    } else if (event.type === 'undelivered') {
      if (batches.see(event) || isExpected(event.error, [], history)) continue
      if (isUnknownYet(event.error, event.actor, history)) continue
      const { actor, count, error, message } = event
      unexpected(`${count} records of ${actor} failed with ${error}: ${message}`, order)
    } else if (event.type === 'failed') {
      const { number, actor, error, message } = event
      const producer = nameOfProducer(actor)
      const isTold = batches.hasTold(producer, error) && batches.isDue(event, producer)
      if (isTold || isExpected(error, OF_RECORDS, history)) continue
      if (isUnknownYet(error, actor, history)) continue
      unexpected(`record ${number} of ${actor} failed with ${error}: ${message}`, order)
    } else if (event.type === 'uncaught') {
      if (isExpected(event.error.slice(0, event.error.indexOf(':')), [], history)) continue
      unexpected(`uncaught in ${event.thread}: ${event.error.split('\n', 4).join('\n')}`, order)
    } else if (event.type === 'stopped') {
      if (isOfPool(event, history)) continue
      unexpected(`${event.actor} says ${event.error}: ${event.message}`, order)
    } else if (event.type === 'process' && event.exitCode !== 0) {
      unexpected(`the process ended with ${event.exitCode}: ${event.stderr}`, order)
    }
  }
  return anomalies
}

/** A producer's listener gives records under a name of their own. */
function nameOfProducer(actor: string): string {
  return actor.endsWith('r') ? actor.slice(0, -1) : actor
}

/** Whether a pool says it because of what befalls the topic that its handlers write to. */
function isOfPool(
  event: { actor: string; error: string | null },
  history: CheckedHistory,
): boolean {
  const output = history.pool(event.actor)?.handler.output
  return history.program.faults.some((fault) => {
    if (!('at' in fault) || fault.at.topic !== output || event.error === null) return false
    // A handler still waits for an answer that never comes when its pool closes.
    if (fault.do === 'dropAcks') return event.error === 'REQUEST_TIMED_OUT'
    return fault.do === 'failAppends' && isCause(fault, event.error)
  })
}

/** Whether a producer's time was up before it can have heard of a topic. */
function isUnknownYet(code: string, actor: string, history: CheckedHistory): boolean {
  const maxBlockMs = history.producer(actor)?.config.maxBlockMs ?? 60_000
  return code === 'UNKNOWN_TOPIC_OR_PARTITION' && maxBlockMs < METADATA_MS
}

function isExpected(code: string, expected: readonly string[], history: CheckedHistory): boolean {
  if (expected.includes(code)) return true
  const { broker, topics } = history.program
  if (broker.killAtMs !== null && (ENDS as readonly string[]).includes(code)) return true
  return code === 'UNKNOWN_TOPIC_OR_PARTITION' && topics.some(({ isMortal }) => isMortal)
}
