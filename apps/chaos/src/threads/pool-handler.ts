/** What the threads of a pool do with a record: they write it down, and now and then they fail. */
import { threadId } from 'node:worker_threads'
import type { ConsumerRecord, HandlerContext } from 'ringlog'
import { HistoryWriter } from '../history/history-writer.ts'
import { sleep } from './actor-context.ts'
import { PlannedFailure } from './calls.ts'
import { nameOfValue, recordName, recordValue } from './record-value.ts'
import type { PoolHandlerData } from './pool-actor.ts'

/** So few fill a ring that nobody reads. */
const OUTPUT_BYTES = 1_000

let history: HistoryWriter | null = null
let handled = 0
let produced = 0

export async function handle(
  { topic, partition, offset, value }: ConsumerRecord,
  { data, attempt, produce }: HandlerContext<PoolHandlerData>,
): Promise<void> {
  const { actor, group, handler } = data
  history ??= new HistoryWriter(data.history, `pool-${threadId}`)
  if (handler.slowMs > 0) await sleep(handler.slowMs)
  handled++
  if (handler.failsEvery > 0 && attempt === 1 && handled % handler.failsEvery === 0) {
    throw new PlannedFailure()
  }
  if (handler.output !== null) {
    // Handlers produce side by side: these records have no order.
    const producer = `${actor}/${threadId}#1r`
    const number = ++produced
    const given = { topic: handler.output, from: number, to: number }
    history.write({ type: 'given', actor: producer, ...given })
    const output = recordValue(recordName(producer, number), OUTPUT_BYTES)
    await produce({ topic: handler.output, value: output })
  }
  const name = nameOfValue(String(value))
  const fact = { actor: `${actor}/${threadId}`, group, topic, partition, offset } as const
  if (name === null) history.write({ type: 'garbled', ...fact, text: String(value).slice(0, 200) })
  else history.write({ type: 'handled', ...fact, record: name })
}

export function stop(): void {
  history?.close()
}
