/** The thread of one role: loads the scenario's module and runs the role. */
import { parentPort, workerData } from 'node:worker_threads'
import { numberOf } from './parameters.ts'
import { nowMs } from './clock.ts'
import { loadScenario } from './load-scenario.ts'
import type { RoleContext } from '../define-scenario.ts'
import type { RoleMessage, RoleStart, StageMessage } from './stage.ts'

const { scenarioUrl, role, data, index, parameters } = workerData as RoleStart
const port = parentPort!
const passes = new Map<string, () => void>()

port.on('message', ({ passed }: StageMessage) => {
  passes.get(passed)?.()
  passes.delete(passed)
})

const context: RoleContext = {
  data,
  index,
  parameters,
  number: (name) => numberOf(parameters, name),
  sync: (point) =>
    new Promise((resolve) => {
      passes.set(point, resolve)
      port.postMessage({ kind: 'reached', point } satisfies RoleMessage)
    }),
  nowMs,
}

const scenario = await loadScenario(scenarioUrl)
const result = await scenario.roles[role]!(context as RoleContext<never>)
port.postMessage({ kind: 'done', result } satisfies RoleMessage)
port.close()
