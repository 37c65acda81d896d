import { Piscina } from 'piscina'
import { fileURLToPath } from 'node:url'
import { defineScenario } from '../define-scenario.ts'
import type { PiscinaTask } from '../handlers/piscina-task.ts'
import { patternValue, stamp } from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { moduleBeside } from '../runner/module-beside.ts'
import { inWindow } from '../roles/in-window.ts'

const THREADS = 2
const WORK_MICROS = 1

/** Piscina as it is meant to be used: a task a record, which answers; no order, no log. */
export default defineScenario({
  name: 'rival-piscina',
  description: 'a Piscina task per record, 1 µs of work each, two threads, 1,000 in flight',
  isDefault: false,
  parameters: { records: 100_000, recordSizeBytes: 100 },
  fixed: { producers: 1, consumers: THREADS },
  roles: {},
  run: async (stage) => {
    const records = stage.number('records')
    const lapRecords = lapOf(records)
    const value = patternValue(stage.number('recordSizeBytes'), 0)
    const piscina = new Piscina({
      filename: fileURLToPath(moduleBeside('../handlers/piscina-task', import.meta.url)),
      minThreads: THREADS,
      maxThreads: THREADS,
    })
    let handled = 0
    const handleMore = async (count: number): Promise<void> => {
      await inWindow(handled, handled + count, (sequence) => {
        // A copy of its own: a task that waits for a thread is cloned only when it gets one.
        const own = value.slice()
        stamp(own, sequence)
        const task: PiscinaTask = { value: own, workMicros: WORK_MICROS }
        return piscina.run(task) as Promise<number>
      })
      handled += count
    }
    await stage.warmUp(lapRecords, { lap: () => handleMore(lapRecords) })
    const startedAtMs = await stage.sync('warm')
    await handleMore(records)
    const elapsedMs = stage.nowMs() - startedAtMs
    const cpuMicros = stage.cpuMicrosSinceSync()
    await piscina.destroy()
    return { records, elapsedMs, cpuMicros }
  },
})
