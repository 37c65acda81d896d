import type { HistoryEvent, HistoryFact } from '../../src/history/history-event.ts'
import type { ProducerSpec, Program } from '../../src/programs/program.ts'

/** A producer, as far as the checker looks at it. */
export function producer(name: string): ProducerSpec {
  const config = {
    idempotence: true,
    acks: 'all',
    maxBlockMs: 800,
    deliveryTimeoutMs: 1_000,
  } as const
  return { kind: 'producer', name, config, onFailure: 'nothing', actions: [], end: 'close' }
}

/** The same, without numbers. */
function unnumbered(name: string): ProducerSpec {
  const spec = producer(name)
  return { ...spec, config: { ...spec.config, idempotence: false } }
}

/** One topic of one partition, which a strict group reads: member c1; written by p1. */
export const PROGRAM: Program = {
  seed: 1,
  index: 0,
  runMs: 100,
  broker: { thread: 'main', killAtMs: null },
  topics: [{ name: 't', isMortal: false, config: { partitions: 1, whenFull: 'block' } }],
  groups: [
    {
      id: 'g',
      topics: ['t'],
      assignor: 'sticky',
      autoOffsetReset: 'earliest',
      isStrict: true,
    },
  ],
  threads: [
    {
      name: 'thread-1',
      isMain: false,
      startAtMs: 0,
      killAtMs: null,
      actors: [producer('p1'), unnumbered('p3')],
    },
  ],
  administration: [],
  faults: [
    { atMs: 0, do: 'killWorker', at: { topic: 't', partition: 0 }, step: null },
    { atMs: 0, do: 'corruptBatch', at: { topic: 't', partition: 0 } },
    { atMs: 0, do: 'dropAcks', at: { topic: 't', partition: 0 }, count: 1 },
  ],
}

export const AT = { topic: 't', partition: 0 } as const
export const A = 'c1#1'
export const B = 'c2#1'
export const BY_A = { actor: A, group: 'g' } as const
export const CALL = { actor: 'c1', call: 'c1/1', name: 'poll' } as const

export const FLUSH = { actor: 'p1', call: 'p1/1', name: 'flush' } as const

/** A fact, with what is not as usual about it. */
export type PlantedFact = HistoryFact & { thread?: string; atMs?: number }

/** Events one after the other, a millisecond apart: the first fact is the one of `order` 1. */
export function historyOf(...facts: PlantedFact[]): HistoryEvent[] {
  const all: PlantedFact[] = [{ type: 'program', program: PROGRAM }, ...facts]
  const events = all.map((fact, order): HistoryEvent => ({
    order,
    atMs: order,
    thread: 'thread-1',
    ...fact,
  }))
  if (facts.some(({ type }) => type === 'given')) return events
  return [{ order: 0, atMs: 0, thread: 'thread-1', ...given(1, 9) }, ...events]
}

export function given(from: number, to: number, actor = 'p1#1'): PlantedFact {
  return { type: 'given', actor, topic: 't', from, to }
}

export function acknowledged(number: number, offset: number, actor = 'p1#1'): PlantedFact {
  return { type: 'acknowledged', actor, number, offset, ...AT }
}

/** @param records By offset, their numbers among those of p1. */
export function handed(
  actor: string,
  records: Readonly<Record<number, number>>,
  since = 0,
): PlantedFact {
  return { type: 'handed', actor, group: 'g', since, ...AT, ...listed(records) }
}

/** A member is assigned the partition, and handed so many records of it. */
export function handedTo(actor: string, count: number): PlantedFact[] {
  const records = Object.fromEntries(Array.from({ length: count }, (_, i) => [i, i + 1]))
  return [told('assigned', actor), handed(actor, records)]
}

/** What somebody is told of where the log begins and ends. */
export function ends(logStartOffset: number, endOffset: number, since: number): PlantedFact {
  return { type: 'ends', ...AT, logStartOffset, endOffset, since }
}

/** What is left in the log at the end. */
export function remaining(
  logStartOffset: number,
  endOffset: number,
  records: Readonly<Record<number, number>>,
): PlantedFact {
  return { type: 'remaining', ...AT, logStartOffset, endOffset, ...listed(records) }
}

export function told(type: 'assigned' | 'revoked' | 'lost', actor: string): PlantedFact {
  return { type, actor, group: 'g', partitions: [AT] }
}

export function commit(type: 'committing' | 'committed', offset: number, actor = A): PlantedFact {
  return { type, actor, group: 'g', offsets: [{ ...AT, offset }] }
}

export function observed(offset: number, since: number): PlantedFact {
  return { type: 'observed', group: 'g', since, ...AT, offset }
}

/** A producer is told that records of one batch have failed. */
export function undelivered(
  error: string,
  isMaybeAppended: boolean,
  partition = 0,
  actor = 'p1#1',
): PlantedFact {
  const at = { topic: 't', partition }
  return {
    type: 'undelivered',
    actor,
    ...at,
    count: 1,
    error,
    isMaybeAppended,
    message: '',
  }
}

/** A record has failed. */
export function failed(
  number: number,
  error: string,
  isMaybeAppended: boolean,
  actor = 'p1#1',
): PlantedFact {
  return { type: 'failed', actor, number, error, isMaybeAppended, message: '' }
}

/** The drain of the group succeeded. */
export function drained(): PlantedFact[] {
  const call = { actor: 'drain-g', call: 'drain-g/1', name: 'drain' }
  return [
    { type: 'began', ...call, deadlineMs: 10 },
    { type: 'ended', ...call, error: null },
  ]
}

function listed(records: Readonly<Record<number, number>>): {
  offsets: number[]
  records: string[]
} {
  return {
    offsets: Object.keys(records).map(Number),
    records: Object.values(records).map((number) => `p1#1:${number}`),
  }
}
