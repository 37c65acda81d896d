import type { Scenario } from '../define-scenario.ts'

/** A module that waits for something when it is loaded may wait for ever. */
const LOAD_TIMEOUT_MS = 60_000

/**
 * Loads a scenario from its module's default export.
 *
 * @throws Error where the module cannot be loaded, or has none, or one that lacks something.
 */
export async function loadScenario(
  url: string,
  timeoutMs: number = LOAD_TIMEOUT_MS,
): Promise<Scenario> {
  let module: { default?: unknown }
  try {
    module = await importWithin(url, timeoutMs)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`${url} cannot be loaded: ${why}`, { cause: error })
  }
  const scenario = module.default
  if (!isObject(scenario)) {
    throw new Error(`${url} has no scenario as its default export: see defineScenario`)
  }
  const faults = faultsOf(scenario)
  if (faults.length === 0) return scenario as unknown as Scenario
  throw new Error(
    `${url} has no scenario as its default export: ${faults.join('; ')}: see defineScenario`,
  )
}

async function importWithin(url: string, timeoutMs: number): Promise<{ default?: unknown }> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new Error(`it was not loaded within ${timeoutMs / 1000} s`)),
    timeoutMs,
  )
  try {
    return await Promise.race([import(url) as Promise<{ default?: unknown }>, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** What of a scenario is not as it must be, in words. */
function faultsOf(scenario: Readonly<Record<string, unknown>>): string[] {
  const { name, parameters, fixed, sweep, comparedWith, roles, run } = scenario
  const checks: ReadonlyArray<[isRight: boolean, fault: string]> = [
    [typeof name === 'string' && /^\S.*$/.test(name), 'its name must be a text'],
    [isObject(parameters), 'its parameters must be an object'],
    [fixed === undefined || isObject(fixed), 'what is fixed must be an object'],
    [
      sweep === undefined || (isObject(sweep) && Object.values(sweep).every(Array.isArray)),
      'its sweep must be an object of lists',
    ],
    [
      comparedWith === undefined ||
        (Array.isArray(comparedWith) && comparedWith.every((one) => typeof one === 'string')),
      'comparedWith must be a list of names',
    ],
    [
      isObject(roles) && Object.values(roles).every((role) => typeof role === 'function'),
      'its roles must be an object of functions',
    ],
    [typeof run === 'function', 'its run must be a function'],
  ]
  return checks.filter(([isRight]) => !isRight).map(([, fault]) => fault)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
