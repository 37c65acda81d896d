import { PARAMETER_FLAG_OF } from './command-line.ts'
import type { ParameterName, Parameters, ParameterValue } from './define-scenario.ts'
import { cellsOf, variantName, type MatrixAxis } from './matrix.ts'
import type { ChosenScenario } from './runner/suite.ts'

/**
 * Has each chosen scenario run with all that it goes through by itself, under a name for each combination:
 * `partitions partitions=4`.
 *
 * @param given What the command line sets: it is not gone through.
 */
export function withSweeps(chosen: readonly ChosenScenario[], given: Parameters): ChosenScenario[] {
  return chosen.flatMap((one) => {
    const sweep = Object.entries(one.scenario.sweep ?? {}) as Array<
      [ParameterName, readonly ParameterValue[]]
    >
    const axes = sweep
      .filter(([name]) => !(name in given))
      .map(([name, values]): MatrixAxis => {
        const label = PARAMETER_FLAG_OF[name].slice('--'.length)
        return { label, name, values }
      })
    return cellsOf(axes).map((cell) => ({
      ...one,
      scenario: { ...one.scenario, name: variantName(one.scenario, cell) },
      parameters: { ...one.parameters, ...cell.parameters },
    }))
  })
}
