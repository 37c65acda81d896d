/** The thread of one role: loads the scenario's module and runs the role. */
import { parentPort, workerData } from 'node:worker_threads'
import { GcWatch } from '../metrics/gc-watch.ts'
import { differenceOf, readOwnThreadTimes } from '../metrics/thread-times.ts'
import { numberOf } from './parameters.ts'
import { nowMs } from './clock.ts'
import { loadScenario } from './load-scenario.ts'
import type { RoleContext } from '../define-scenario.ts'
import type { RoleDetails } from './run-details.ts'
import { LAP, type RoleMessage, type RoleStart, type StageMessage } from './stage.ts'

const { scenarioUrl, role, data, index, parameters, progress } = workerData as RoleStart
const port = parentPort!
const passes = new Map<string, (message: StageMessage) => void>()

port.on('message', (message: StageMessage) => {
  passes.get(message.passed)?.(message)
  passes.delete(message.passed)
})

const gc = new GcWatch()
let timesAtSync = readOwnThreadTimes()

function reach(point: string): Promise<StageMessage> {
  return new Promise((resolve) => {
    passes.set(point, resolve)
    port.postMessage({ kind: 'reached', point } satisfies RoleMessage)
  })
}

const context: RoleContext = {
  data,
  index,
  parameters,
  number: (name) => numberOf(parameters, name),
  sync: async (point) => {
    // Read before the clock starts: until it is let go the thread does nothing.
    timesAtSync = readOwnThreadTimes()
    gc.restart()
    await reach(point)
  },
  warmUp: async (lap) => {
    do await lap()
    while (!(await reach(LAP)).isWarm)
  },
  progress: (records) => void (progress[0] = records),
  nowMs,
}

const scenario = await loadScenario(scenarioUrl)
const play = scenario.roles[role]
if (play === undefined) {
  const names = Object.keys(scenario.roles).join(', ') || 'none'
  throw new Error(`scenario ${scenario.name} has no role ${role}; its roles: ${names}`)
}
const result = await play(context as RoleContext<never>)
const now = readOwnThreadTimes()
const times = now === null ? null : differenceOf(now, timesAtSync ?? undefined)
const details: RoleDetails = { times, gc: gc.pauses }
port.postMessage({ kind: 'done', result, details } satisfies RoleMessage)
port.close()
