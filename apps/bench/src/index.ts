export {
  defineScenario,
  type Measurement,
  type ParameterName,
  type ParameterValue,
  type Parameters,
  type RoleContext,
  type RoleHandle,
  type Scenario,
  type Stage,
} from './define-scenario.ts'
export type { Spread } from './metrics/spread.ts'
export type { BenchReport } from './report/bench-report.ts'
