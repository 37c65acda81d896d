/**
 * What a scenario of one's own is made of: `ringlog-bench --scenario ./mine.ts`.
 *
 * @module @ringlog/bench
 */
export {
  defineScenario,
  type LogCounts,
  type Measurement,
  type ParameterName,
  type ParameterValue,
  type Parameters,
  type RoleContext,
  type RoleHandle,
  type Scenario,
  type Stage,
  type StartOptions,
  type Sweep,
  type WarmUpOptions,
} from './define-scenario.ts'
export {
  StampChecker,
  assertTally,
  expectedTally,
  patternValue,
  stamp,
  type Tally,
} from './metrics/stamped-value.ts'
export type { Spread } from './metrics/spread.ts'
export { lapOf } from './metrics/warm-up.ts'
export type { BenchReport } from './report/bench-report.ts'
