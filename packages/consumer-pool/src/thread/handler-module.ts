import { RinglogError, show } from '@ringlog/core/internal'
import type { HandlerModule } from '../handling/handler-context.ts'

const HOOKS = ['handle', 'handleBatch', 'start', 'stop'] as const
const SERDES = ['keySerde', 'valueSerde'] as const

/**
 * Loads a handler module, in the thread that is to use it.
 *
 * @param url A module's URL, as `import()` takes it.
 * @throws RinglogError INVALID_CONFIG when it cannot be loaded or does not export what it must.
 */
export async function loadHandler(
  url: string,
  concurrency: 'partition' | 'key',
): Promise<HandlerModule> {
  let module: Record<string, unknown>
  try {
    module = exportsOf((await import(/* webpackIgnore: true */ url)) as Record<string, unknown>)
  } catch (cause) {
    const how = cause instanceof Error ? cause.message : String(cause)
    throw invalid(url, `could not be loaded: ${how}`, { cause })
  }
  const fault = faultOf(module, concurrency)
  if (fault === null) return module
  const names = Object.keys(module)
  throw invalid(url, `${fault}; it exports ${names.length === 0 ? 'nothing' : names.join(', ')}`)
}

/**
 * What a module exports. Of a CommonJS module Node.js finds the names only where they are plain to see in its
 * text, and not in that of a bundle: all of it is the default export.
 */
function exportsOf(module: Record<string, unknown>): Record<string, unknown> {
  const whole = module['default']
  if (HOOKS.some((name) => name in module)) return module
  return typeof whole === 'object' && whole !== null ? (whole as Record<string, unknown>) : module
}

function faultOf(module: Record<string, unknown>, concurrency: string): string | null {
  for (const name of HOOKS) {
    if (module[name] === undefined || typeof module[name] === 'function') continue
    return `must export ${name} as a function, not as ${typeof module[name]}`
  }
  for (const name of SERDES) {
    if (module[name] !== undefined && !isSerde(module[name])) {
      return `must export ${name} as a serde, { serialize, deserialize }, not as ${show(module[name])}`
    }
  }
  const { handle, handleBatch } = module
  if (handle === undefined && handleBatch === undefined) return 'must export handle or handleBatch'
  if (handle !== undefined && handleBatch !== undefined) {
    return 'must export either handle or handleBatch, not both'
  }
  return handle === undefined && concurrency === 'key'
    ? 'must export handle: concurrency "key" has no batches'
    : null
}

function isSerde(value: unknown): boolean {
  const { serialize, deserialize } = (value ?? {}) as Record<string, unknown>
  return typeof serialize === 'function' && typeof deserialize === 'function'
}

function invalid(url: string, fault: string, options: { cause?: unknown } = {}): RinglogError {
  return new RinglogError('INVALID_CONFIG', `handler ${url} ${fault}`, {
    ...options,
    details: { faults: [{ option: 'handler', fault }] },
  })
}
