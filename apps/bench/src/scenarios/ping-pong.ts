import { Broker, type WaitStrategy } from 'ringlog'
import { defineScenario } from '../define-scenario.ts'
import { createDoorbellLink } from '../limits/doorbell-link.ts'
import { assertTally, expectedTally, type Tally } from '../metrics/stamped-value.ts'
import {
  PING,
  PONG,
  answer,
  call,
  type PingPongCalled,
  type PingPongTask,
} from '../roles/ping-pong.ts'
import { WARM } from '../roles/producing.ts'

const WARM_UP_SHARE = 0.2

/**
 * ```text
 *  caller ──lane─▶ partition worker ──ring──▶ answerer
 *         ◀─ring── partition worker ◀──lane──
 * ```
 * Four threads to wake for a round trip, where bare doorbells have two.
 */
export default defineScenario({
  name: 'ping-pong',
  description:
    'send, answered by a consumer on another topic, one record at a time; beside bare doorbells',
  isDefault: false,
  parameters: { records: 20_000, recordSizeBytes: 100, wait: 'park' },
  fixed: { producers: 1, partitions: 1, consumers: 1, lingerMs: 0 },
  roles: { caller: call, answerer: answer },
  run: async (stage) => {
    const records = stage.number('records')
    const warmUpRecords = Math.ceil(records * WARM_UP_SHARE)
    const broker = await Broker.start()
    const waitStrategy = stage.parameters.wait as WaitStrategy
    for (const topic of [PING, PONG]) await broker.createTopic(topic, { waitStrategy })
    const link = createDoorbellLink()
    const task: PingPongTask = { link, warmUpRecords, bareRounds: Math.ceil(records / 2) }
    const answering = stage.start<Tally>('answerer', task)
    const calling = stage.start<PingPongCalled>('caller', task)
    await stage.sync('assigned')
    const startedAtMs = await stage.sync(WARM)
    const { tally, finishedAtMs, roundTrip, bareRoundTrip } = await calling.result
    const cpuMicros = stage.cpuMicrosSinceSync()
    const sent = expectedTally(0, warmUpRecords + records)
    assertTally([tally], [sent])
    assertTally([await answering.result], [sent])
    await broker.close()
    return {
      records,
      elapsedMs: finishedAtMs - startedAtMs,
      cpuMicros,
      latency: roundTrip,
      figures: {
        doorbellRoundTripP50Micros: bareRoundTrip.p50,
        doorbellRoundTripP99Micros: bareRoundTrip.p99,
      },
      ratios: {
        'ping-pong p50 / (2 × doorbell round trip p50)': roundTrip.p50 / (2 * bareRoundTrip.p50),
      },
    }
  },
})
