import type { ParameterName, Parameters, ParameterValue, Scenario } from './define-scenario.ts'
import type { ChosenScenario } from './runner/suite.ts'

/** A parameter, and the values that it is to have in turn. */
export interface MatrixAxis {
  /** As on the command line, without its dashes. */
  readonly label: string
  readonly name: ParameterName
  readonly values: readonly ParameterValue[]
}

/** One cell of the matrix: a value of each axis. */
interface Cell {
  readonly parameters: Parameters
  readonly labels: ReadonlyArray<readonly [name: ParameterName, label: string]>
}

/**
 * Chooses scenarios once for each combination of the axes' values, under a name that says which:
 * `shared-1p1c wait=park`. A scenario that has none of the parameters is there once.
 *
 * @param choose Chooses and checks for one combination.
 */
export function chooseByMatrix(
  axes: readonly MatrixAxis[],
  choose: (parameters: Parameters) => ChosenScenario[],
): ChosenScenario[] {
  const byName = new Map<string, ChosenScenario>()
  for (const cell of cellsOf(axes)) {
    const chosen = choose(cell.parameters)
    const nameOf = (name: string): string => {
      const one = chosen.find(({ scenario }) => scenario.name === name)
      return one === undefined ? name : variantName(one.scenario, cell)
    }
    for (const one of chosen) {
      const name = nameOf(one.scenario.name)
      const comparedWith = (one.scenario.comparedWith ?? []).map(nameOf)
      if (byName.has(name)) continue
      byName.set(name, { ...one, scenario: { ...one.scenario, name, comparedWith } })
    }
  }
  return [...byName.values()]
}

/** The scenario's name with those values of the cell that it has a parameter for. */
export function variantName({ name, parameters }: Scenario, cell: Cell): string {
  const own = cell.labels.filter(([parameter]) => parameter in parameters)
  return [name, ...own.map(([, label]) => label)].join(' ')
}

/** Each combination of the axes' values; one without any for no axes. */
export function cellsOf(axes: readonly MatrixAxis[]): Cell[] {
  return axes.reduce<Cell[]>(
    (cells, { label, name, values }) =>
      cells.flatMap(({ parameters, labels }) =>
        values.map((value) => ({
          parameters: { ...parameters, [name]: value },
          labels: [...labels, [name, `${label}=${value}`] as const],
        })),
      ),
    [{ parameters: {}, labels: [] }],
  )
}
