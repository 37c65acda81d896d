import type { RoleContext } from '../define-scenario.ts'
import { StampChecker, patternValue, stamp, type Tally } from '../metrics/stamped-value.ts'
import { inWindow } from './in-window.ts'
import { clientsFor } from './clients-for.ts'
import { WARM } from './producing.ts'

export const REQUESTS = 'requests'
export const REPLIES = 'replies'

/** A poll takes what there is. */
const EVERYTHING = { maxPollRecords: Infinity }

export interface RequestReplyTask {
  readonly lapRecords: number
  readonly records: number
}

/** Writes requests, a thousand of them unanswered at once; a reply has the number of its request. */
export async function request(context: RoleContext<RequestReplyTask>): Promise<number> {
  const { lapRecords, records } = context.data
  const { client, producer, consumer } = await clientsFor(context, REPLIES, EVERYTHING)
  const sizeBytes = context.number('recordSizeBytes')
  const value = patternValue(sizeBytes, 0)
  const checker = new StampChecker(sizeBytes, 1)
  const waiting = new Map<number, (reply: number) => void>()
  const ask = (sequence: number): Promise<number> => {
    stamp(value, sequence)
    producer.write({ topic: REQUESTS, value })
    return new Promise((resolve) => waiting.set(sequence, resolve))
  }
  const takeReplies = async (end: number): Promise<void> => {
    while (checker.count < end) {
      const cursor = consumer.cursor(await consumer.poll())
      while (cursor.next()) {
        const sequence = checker.count
        checker.check(cursor.bytes, cursor.valueStart, cursor.valueLength)
        waiting.get(sequence)!(sequence)
        waiting.delete(sequence)
      }
    }
  }
  let asked = 0
  const askMore = async (count: number): Promise<void> => {
    const end = asked + count
    await Promise.all([takeReplies(end), inWindow(asked, end, ask)])
    asked = end
  }
  await context.sync('assigned')
  await context.warmUp(() => askMore(lapRecords))
  await context.sync(WARM)
  await askMore(records)
  const finishedAtMs = context.nowMs()
  await client.close()
  return finishedAtMs
}

/** Answers each request with its own bytes on the other topic. */
export async function reply(context: RoleContext<RequestReplyTask>): Promise<Tally> {
  const { lapRecords, records } = context.data
  const { client, producer, consumer } = await clientsFor(context, REQUESTS, EVERYTHING)
  const checker = new StampChecker(context.number('recordSizeBytes'), 1)
  const replyMore = async (count: number): Promise<void> => {
    for (const end = checker.count + count; checker.count < end;) {
      const cursor = consumer.cursor(await consumer.poll())
      while (cursor.next()) {
        const { bytes, valueStart, valueLength } = cursor
        checker.check(bytes, valueStart, valueLength)
        const value = bytes.subarray(valueStart, valueStart + valueLength)
        if (!producer.write({ topic: REPLIES, value })) await producer.drained()
      }
    }
    await producer.flush()
  }
  await context.sync('assigned')
  await context.warmUp(() => replyMore(lapRecords))
  await context.sync(WARM)
  await replyMore(records)
  await client.close()
  return checker.tally
}
