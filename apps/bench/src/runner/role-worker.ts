/** The thread of one role: loads the scenario's module and runs the role. */
import { parentPort, workerData } from 'node:worker_threads'
import { numberOf } from './parameters.ts'
import { nowMs } from './clock.ts'
import { loadScenario } from './load-scenario.ts'
import type { RoleContext } from '../define-scenario.ts'
import { LAP, type RoleMessage, type RoleStart, type StageMessage } from './stage.ts'

const { scenarioUrl, role, data, index, parameters } = workerData as RoleStart
const port = parentPort!
const passes = new Map<string, (message: StageMessage) => void>()

port.on('message', (message: StageMessage) => {
  passes.get(message.passed)?.(message)
  passes.delete(message.passed)
})

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
  sync: async (point) => void (await reach(point)),
  warmUp: async (lap) => {
    do await lap()
    while (!(await reach(LAP)).isWarm)
  },
  nowMs,
}

const scenario = await loadScenario(scenarioUrl)
const result = await scenario.roles[role]!(context as RoleContext<never>)
port.postMessage({ kind: 'done', result } satisfies RoleMessage)
port.close()
