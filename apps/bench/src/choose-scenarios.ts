import { PARAMETER_FLAG_OF } from './command-line.ts'
import type {
  OutsideRival,
  ParameterName,
  Parameters,
  ParameterValue,
  Scenario,
} from './define-scenario.ts'
import type { ChosenScenario } from './runner/suite.ts'

/** A scenario, and the module it is the default export of. */
export interface LoadedScenario {
  readonly scenario: Scenario
  readonly url: URL
}

/**
 * Picks the scenarios to run, and gives them their parameters.
 *
 * A flag holds for every chosen scenario that has such a parameter; one that contradicts a chosen
 * scenario's shape, or that none of them has, is an error.
 *
 * @param wanted Names, or a suite: `default`, or `full` for all that need nothing from outside.
 * @param rivals From outside, beside those.
 * @throws Error that says which scenarios there are, or what the flag contradicts.
 */
export function chooseScenarios(
  loaded: readonly LoadedScenario[],
  wanted: readonly string[] | 'default' | 'full',
  given: Parameters,
  rivals: readonly OutsideRival[] = [],
): ChosenScenario[] {
  const all = loaded.map(({ scenario }) => scenario.name)
  const unknown = typeof wanted === 'string' ? [] : wanted.filter((name) => !all.includes(name))
  if (unknown.length > 0) {
    throw new Error(`there is no scenario ${unknown.join(', ')}; there are ${all.join(', ')}`)
  }
  const chosen = loaded.filter(({ scenario: { name, outside, isDefault = true } }) => {
    if (typeof wanted !== 'string' && wanted.includes(name)) return true
    if (outside !== undefined) return rivals.includes(outside)
    return wanted === 'full' || (wanted === 'default' && isDefault)
  })
  for (const [name, value] of entriesOf(given)) {
    assertTaken(name, value, chosen)
  }
  return chosen.map(({ scenario, url }) => {
    const own = entriesOf(given).filter(([name]) => name in scenario.parameters)
    return { scenario, url, parameters: { ...scenario.parameters, ...Object.fromEntries(own) } }
  })
}

function assertTaken(
  name: ParameterName,
  value: ParameterValue,
  chosen: readonly LoadedScenario[],
): void {
  const flag = `${PARAMETER_FLAG_OF[name]} ${value}`
  for (const { scenario } of chosen) {
    const fixed = scenario.fixed?.[name]
    if (fixed === undefined || fixed === value) continue
    throw new Error(
      `${flag} contradicts scenario ${scenario.name}, whose shape has ${name} = ${fixed}; ` +
        'choose others with --scenario',
    )
  }
  const isTaken = chosen.some(
    ({ scenario }) => name in scenario.parameters || name in (scenario.fixed ?? {}),
  )
  if (!isTaken) throw new Error(`${flag} means nothing to the chosen scenarios`)
}

function entriesOf(parameters: Parameters): Array<[ParameterName, ParameterValue]> {
  return Object.entries(parameters) as Array<[ParameterName, ParameterValue]>
}
