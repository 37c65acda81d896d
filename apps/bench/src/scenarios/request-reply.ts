import { Broker, type WaitStrategy } from 'ringlog'
import { defineScenario } from '../define-scenario.ts'
import { assertTally, expectedTally, type Tally } from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { WARM } from '../roles/producing.ts'
import { REPLIES, REQUESTS, reply, request, type RequestReplyTask } from '../roles/request-reply.ts'

/**
 * ```text
 *  asker ──lane─▶ requests ──ring──▶ answerer
 *        ◀─ring── replies ◀──lane──
 * ```
 */
export default defineScenario({
  name: 'request-reply',
  description:
    'requests on one topic, replies on another, each matched; a thousand unanswered at once',
  isDefault: false,
  parameters: { records: 1_000_000, recordSizeBytes: 100, wait: 'park' },
  fixed: { producers: 1, partitions: 1, consumers: 1 },
  comparedWith: ['pool-run', 'limit-comlink-round-trip'],
  roles: { asker: request, answerer: reply },
  run: async (stage) => {
    const records = stage.number('records')
    const lapRecords = lapOf(records)
    const broker = await Broker.start()
    const waitStrategy = stage.parameters.wait as WaitStrategy
    for (const topic of [REQUESTS, REPLIES]) await broker.createTopic(topic, { waitStrategy })
    const task: RequestReplyTask = { lapRecords, records }
    const answering = stage.start<Tally>('answerer', task)
    const asking = stage.start<number>('asker', task)
    await stage.sync('assigned')
    const laps = await stage.warmUp(lapRecords)
    const startedAtMs = await stage.sync(WARM)
    const elapsedMs = (await asking.result) - startedAtMs
    const cpuMicros = stage.cpuMicrosSinceSync()
    assertTally([await answering.result], [expectedTally(0, laps * lapRecords + records)])
    await broker.close()
    return { records, elapsedMs, cpuMicros }
  },
})
