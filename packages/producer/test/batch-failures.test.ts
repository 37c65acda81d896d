import { RinglogError, type RinglogErrorCode } from '@ringlog/core'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { ProducerConfig } from '../src/config.ts'
import { valuesOf, type FakeAppender, type FakeRequest } from './fake-log.ts'
import { TOPIC, sendBatches, startedRig, type SenderRig, type SentRecord } from './sender-rig.ts'

/**
 * The table "When may a batch fail, and what is known then" of docs/architecture.md: each of its cells is
 * brought about, and what it says is compared.
 */
const HEADING = '## When may a batch fail, and what is known then'

/** Longer than a batch has: one that waits for it never leaves again. */
const ENDLESS_BACKOFF_MS = 200_000
const BACKOFF_MS = 100
/** As short as the other times allow. */
const DELIVERY_TIMEOUT_MS = 31_000

interface BatchState {
  readonly config?: ProducerConfig
  /** Brings a batch into the state, behind one that is in the log; returns it. */
  readonly enter: (rig: SenderRig) => Promise<SentRecord>
}

interface BatchEvent {
  /** It comes while the batch still waits to leave again. */
  readonly comesInBackoff?: boolean
  /** The memory of a batch goes with the call. */
  readonly losesMemory?: boolean
  readonly happen: (rig: SenderRig, batch: SentRecord) => Promise<void>
}

/** The first of two batches in flight is that before the one of the table. */
async function sendTwo(rig: SenderRig): Promise<SentRecord> {
  await sendBatches(rig, 2)
  return rig.sent[2]!
}

/** The batch waits to leave again, after what `fail` did to it. */
async function sendAndFail(
  rig: SenderRig,
  fail: (appender: FakeAppender) => void,
): Promise<SentRecord> {
  await sendBatches(rig, 1)
  fail(rig.appender()!)
  await rig.turn()
  return rig.sent[1]!
}

const STATES: Readonly<Record<string, BatchState>> = {
  'has not left': { config: { maxInFlight: 1 }, enter: sendTwo },
  'in flight': { enter: sendTwo },
  'in flight, not numbered': { config: { idempotence: false }, enter: sendTwo },
  'to leave again, refused': {
    enter: (rig) =>
      sendAndFail(rig, (appender) => {
        appender.arrive('REQUEST_TIMED_OUT')
        appender.answer(0)
      }),
  },
  'to leave again, no answer': {
    enter: (rig) =>
      sendAndFail(rig, (appender) => appender.lose(appender.unanswered[0]!, 'REQUEST_TIMED_OUT')),
  },
}

/** The log takes the batch before, then refuses this one. */
async function refuse(rig: SenderRig, code: RinglogErrorCode): Promise<void> {
  const appender = rig.appender()!
  appender.arrive()
  appender.arrive(code)
  appender.answer(0)
  appender.answer(0)
  await rig.turn()
}

/** The log takes the batch before, and answers; the other request is the batch's. */
async function answerFirst(rig: SenderRig): Promise<FakeRequest> {
  const appender = rig.appender()!
  appender.arrive()
  appender.answer(0)
  await rig.turn()
  return appender.unanswered[0]!
}

async function lose(rig: SenderRig, code: RinglogErrorCode): Promise<void> {
  const request = await answerFirst(rig)
  rig.appender()!.lose(request, code)
  await rig.turn()
}

/** The way to the log is lost, what was on it is answered; then another one is opened. */
async function failToOpen(rig: SenderRig, code: RinglogErrorCode): Promise<void> {
  const appender = rig.appender()!
  appender.isClosed = true
  rig.openFailures.push(code)
  appender.arrive()
  appender.answer(0)
  await rig.turn()
  await rig.advance(BACKOFF_MS)
  await rig.turn()
}

const EVENTS: Readonly<Record<string, BatchEvent>> = {
  'the log refuses it with an error that may pass': {
    happen: (rig) => refuse(rig, 'REQUEST_TIMED_OUT'),
  },
  'the log refuses it with another error': { happen: (rig) => refuse(rig, 'MESSAGE_TOO_LARGE') },
  'the log refuses the one before it': {
    happen: async (rig) => {
      const appender = rig.appender()!
      appender.arrive('MESSAGE_TOO_LARGE')
      appender.arrive()
      appender.answer(0)
      appender.answer(0)
      await rig.turn()
    },
  },
  'no answer comes, for a reason that may pass': {
    happen: (rig) => lose(rig, 'REQUEST_TIMED_OUT'),
  },
  'the same, and its memory went with the call': {
    losesMemory: true,
    happen: (rig) => lose(rig, 'REQUEST_TIMED_OUT'),
  },
  'no answer comes, because the worker died': {
    happen: async (rig) => {
      await answerFirst(rig)
      rig.appender()!.breakDown('WORKER_CRASHED') // what was on its way does not arrive any more
      await rig.turn()
    },
  },
  'no answer comes, for another reason': { happen: (rig) => lose(rig, 'PARTITION_OFFLINE') },
  'no way to the log opens, for a reason that may pass': {
    happen: (rig) => failToOpen(rig, 'WORKER_CRASHED'),
  },
  'no way to the log opens, for another reason': {
    happen: (rig) => failToOpen(rig, 'PARTITION_OFFLINE'),
  },
  '`deliveryTimeoutMs` are over': {
    comesInBackoff: true,
    happen: (rig) => rig.advance(DELIVERY_TIMEOUT_MS + 1000),
  },
  'its topic is deleted': {
    comesInBackoff: true,
    happen: async (rig) => {
      rig.engine.partitions.setDeleted()
      rig.appender()!.breakDown('UNKNOWN_TOPIC_OR_PARTITION')
      await rig.turn()
      // As a batch of another partition says that had something in flight.
      rig.records.topic(TOPIC).onBatchFailed(new RinglogError('UNKNOWN_TOPIC_OR_PARTITION'))
      await rig.turn()
    },
  },
  'the producer is closed, and does not wait': {
    comesInBackoff: true,
    happen: async (rig) => {
      rig.records.fail(new RinglogError('PRODUCER_CLOSED'))
      await rig.turn()
    },
  },
}

const table = readTable()

test('the table has all states and all events', () => {
  expect(table.states).toEqual(Object.keys(STATES))
  expect(table.rows.map(({ event }) => event)).toEqual(Object.keys(EVENTS))
})

describe.each(table.rows)('$event', ({ event, cells }) => {
  const outcomes = table.states.map((state, i) => [state, cells[i]!] as const)
  test.each(outcomes.filter(([, cell]) => cell !== 'cannot be'))(
    'a batch that is %s: %s',
    async (state, cell) => {
      const { config, enter } = STATES[state]!
      const { comesInBackoff = false, losesMemory = false, happen } = EVENTS[event]!
      const retryBackoffMs = comesInBackoff ? ENDLESS_BACKOFF_MS : BACKOFF_MS
      const rig = await startedRig(
        { deliveryTimeoutMs: DELIVERY_TIMEOUT_MS, retryBackoffMs, ...config },
        { keepsMemory: !losesMemory },
      )
      const batch = await enter(rig)
      const timesBefore = timesSent(rig, batch)
      await happen(rig, batch)
      if (cell.startsWith('`')) {
        expect(failureOf(batch)).toBe(cell)
        expect(timesSent(rig, batch)).toBe(timesBefore)
      } else {
        expect(batch.error).toBeNull()
        await rig.finish()
        expect(batch.metadata).not.toBeNull()
        const isSent = timesSent(rig, batch) > timesBefore
        expect(isSent ? (timesBefore > 0 ? 'sent again' : 'sent') : 'delivered').toBe(cell)
      }
      const times = await timesInLog(rig, batch)
      if (batch.error === null) expect(times).toBe(1)
      else if (cell.endsWith('not in the log')) expect(times).toBe(0)
    },
  )
})

function timesSent(rig: SenderRig, { value }: SentRecord): number {
  const requests = rig.appenders.flat().flatMap((appender) => appender.requests)
  return requests.filter(({ bytes }) => valuesOf(bytes).includes(value)).length
}

/** How often the log has it once all has arrived that was on its way. */
async function timesInLog(rig: SenderRig, { value }: SentRecord): Promise<number> {
  for (const appender of rig.appenders.flat()) for (const _ of appender.requests) appender.arrive()
  await rig.turn()
  return rig.logs[0]!.values.filter((other) => other === value).length
}

/** What the user hears, in the words of the table. */
function failureOf({ error }: SentRecord): string {
  if (error === null) return 'none'
  const isMaybeAppended = error.details['isMaybeAppended'] === true
  return `\`${error.code}\`, ${isMaybeAppended ? 'may be' : 'not'} in the log`
}

function readTable(): { states: string[]; rows: Array<{ event: string; cells: string[] }> } {
  const document = readFileSync(new URL('../../../docs/architecture.md', import.meta.url), 'utf8')
  const section = document.slice(document.indexOf(HEADING) + HEADING.length)
  const lines = section.slice(0, section.indexOf('\n## ')).match(/^\|.*\|$/gm)!
  const rows = lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
  const [[, ...states] = [], , ...events] = rows
  return { states, rows: events.map(([event, ...cells]) => ({ event: event!, cells })) }
}
