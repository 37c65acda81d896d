import type { Scenario } from '../define-scenario.ts'

/**
 * Loads a scenario from its module's default export.
 *
 * @throws Error where the module cannot be loaded, or has none.
 */
export async function loadScenario(url: string): Promise<Scenario> {
  let module: { default?: Partial<Scenario> }
  try {
    module = (await import(url)) as typeof module
  } catch (error) {
    throw new Error(`${url} cannot be loaded: ${(error as Error).message}`, { cause: error })
  }
  const { name, parameters, roles, run } = module.default ?? {}
  const isScenario =
    typeof name === 'string' &&
    typeof parameters === 'object' &&
    typeof roles === 'object' &&
    typeof run === 'function'
  if (isScenario) return module.default as Scenario
  throw new Error(`${url} has no scenario as its default export: see defineScenario`)
}
