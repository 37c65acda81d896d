import type { Scenario } from '../define-scenario.ts'

/** Loads a scenario from its module's default export. */
export async function loadScenario(url: string): Promise<Scenario> {
  const module = (await import(url)) as { default?: Scenario }
  if (module.default === undefined) throw new Error(`${url} has no scenario as its default export`)
  return module.default
}
