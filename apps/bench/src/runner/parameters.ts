import type { ParameterName, Parameters } from '../define-scenario.ts'

/** @throws Error where the scenario has no such number. */
export function numberOf(parameters: Parameters, name: ParameterName): number {
  const value = parameters[name]
  if (typeof value === 'number') return value
  throw new Error(`the scenario has no number ${name}`)
}
