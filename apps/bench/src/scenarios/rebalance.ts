import { setTimeout as sleep } from 'node:timers/promises'
import { Broker } from 'ringlog'
import { defineScenario } from '../define-scenario.ts'
import { WARM } from '../roles/producing.ts'
import {
  IS_CONSUMING_OVER,
  MEMBERS,
  PARTITIONS,
  REBALANCE_GROUP,
  REBALANCE_TOPIC,
  comeAndGo,
  produceTicks,
  stay,
  type RebalanceTask,
} from '../roles/rebalance.ts'
import { sumUp, type MemberReport } from '../roles/rebalance-deliveries.ts'

const RING_BYTES = 1024 * 1024
/** How often the scenario asks whether all is committed. */
const LOOK_MS = 10

/**
 * Eight members of a group have 64 partitions; one leaves and joins again and again. The latency is
 * that of a partition that moves: from when its owner was told to let go, or from when the next record
 * was written if that was later, to that record in the hands of the next owner.
 */
export default defineScenario({
  name: 'rebalance',
  description:
    '64 partitions, 8 members, one leaves and joins: from revoked to delivered by the next owner',
  isDefault: false,
  parameters: { durationMs: 15_000 },
  fixed: { producers: 1, partitions: PARTITIONS, consumers: MEMBERS },
  roles: { producer: produceTicks, member: stay, guest: comeAndGo },
  run: async (stage) => {
    const words = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)
    const task: RebalanceTask = { words }
    const broker = await Broker.start()
    await broker.createTopic(REBALANCE_TOPIC, {
      partitions: PARTITIONS,
      ringBytes: RING_BYTES,
      gatingGroups: [REBALANCE_GROUP],
    })
    const members = Array.from({ length: MEMBERS }, (_, index) =>
      stage.start<MemberReport>(index === MEMBERS - 1 ? 'guest' : 'member', task, { index }),
    )
    const producing = stage.start<number>('producer', task)
    const startedAtMs = await stage.sync(WARM)
    const sent = await producing.result
    const isConsumed = async (): Promise<boolean> => {
      const offsets = await broker.offsets(REBALANCE_TOPIC, REBALANCE_GROUP)
      return offsets.every(({ committed, endOffset }) => committed === endOffset)
    }
    while (!(await isConsumed())) await sleep(LOOK_MS)
    const elapsedMs = stage.nowMs() - startedAtMs
    const cpuMicros = stage.cpuMicrosSinceSync()
    Atomics.store(new Int32Array(words), IS_CONSUMING_OVER, 1)
    const reports = await Promise.all(members.map(async ({ result }) => result))
    await broker.close()
    const summary = sumUp(reports, PARTITIONS, sent / PARTITIONS)
    return { records: sent, elapsedMs, cpuMicros, ...summary }
  },
})
