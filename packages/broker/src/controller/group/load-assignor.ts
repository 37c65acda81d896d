import { RinglogError, show } from '@ringlog/core/internal'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  rangeAssignor,
  roundRobinAssignor,
  stickyAssignor,
  type Assignor,
} from '@ringlog/core/internal/assignors'

const BUILT_IN: ReadonlyMap<string, Assignor> = new Map(
  [rangeAssignor, roundRobinAssignor, stickyAssignor].map((assignor) => [assignor.name, assignor]),
)

/**
 * Finds the assignor of a consumer's configuration: a built-in one by its name, or a module of the
 * user's, which exports a function `assign` (see `Assignor`). A module is loaded once per thread.
 *
 * @param given A built-in's name, an absolute path, or a URL.
 * @throws RinglogError INVALID_CONFIG when there is no such module, it does not load, or it exports no
 *   such function.
 */
export async function loadAssignor(given: string): Promise<Assignor> {
  const builtIn = BUILT_IN.get(given)
  if (builtIn !== undefined) return builtIn
  const url = moduleUrl(given)
  let module: Record<string, unknown>
  try {
    module = (await import(/* webpackIgnore: true */ url)) as Record<string, unknown>
  } catch (cause) {
    throw invalid(given, `could not be loaded: ${(cause as Error)?.message ?? show(cause)}`, cause)
  }
  const { assign } = module
  if (typeof assign === 'function') return { name: url, assign: assign as Assignor['assign'] }
  throw invalid(given, `must export a function assign; it exports ${exportsOf(module)}`)
}

function moduleUrl(given: string): string {
  if (isAbsolute(given)) return pathToFileURL(given).href
  if (URL.canParse(given)) return new URL(given).href
  throw invalid(
    given,
    `must be one of ${[...BUILT_IN.keys()].join(', ')}, an absolute path or a URL`,
  )
}

function exportsOf(module: Record<string, unknown>): string {
  const names = Object.keys(module)
  return names.length === 0 ? 'nothing' : names.join(', ')
}

function invalid(given: string, fault: string, cause?: unknown): RinglogError {
  const options = cause === undefined ? {} : { cause }
  return new RinglogError('INVALID_CONFIG', `assignor ${show(given)} ${fault}`, {
    ...options,
    details: { faults: [{ option: 'assignor', fault }] },
  })
}
