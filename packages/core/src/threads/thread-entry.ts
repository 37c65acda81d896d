import { existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Option } from '../config/options.ts'
import { RinglogError } from '../errors/ringlog-error.ts'
import { show } from '../errors/show.ts'

/** A module that a thread is to load, as users give it: a URL, or an absolute path. */
export type ModuleLocation = URL | string

/** What is wrong with a value as a `ModuleLocation`: the end of a sentence about it; `null`: nothing. */
export function moduleFault(value: unknown): string | null {
  const isModule =
    value instanceof URL ||
    (typeof value === 'string' && (isAbsolute(value) || URL.canParse(value)))
  if (!isModule) return `must be a URL or an absolute path, got ${show(value)}`
  const url = moduleUrl(value)
  if (url.protocol !== 'file:' || existsSync(fileURLToPath(url))) return null
  return `must be a module: there is no file ${fileURLToPath(url)}`
}

/** Where a module is that `moduleFault` lets pass. */
export function moduleUrl(location: ModuleLocation): URL {
  if (location instanceof URL) return location
  return isAbsolute(location) ? pathToFileURL(location) : new URL(location)
}

/** A module, or `null` where none was given. */
export function moduleOption(): Option<ModuleLocation | null> {
  return { default: null, fault: moduleFault }
}

/** A file that a thread of Ringlog's begins with. */
export interface ThreadEntry {
  /** The name by which it is found beside the package that starts the thread. */
  readonly specifier: string
  /** How users say where it is if not there: `Broker.start({ workers: { controller } })`. */
  readonly option: string
  /** What users gave there. */
  readonly given: ModuleLocation | null
  /** The `import.meta.resolve` of the package that starts the thread; some bundles have none. */
  readonly resolve: (specifier: string) => string
}

/**
 * Where the file is that a thread begins with: where the user says, or else beside the package that
 * starts the thread, by a name that works from the source and from the build.
 *
 * @throws RinglogError INVALID_CONFIG where it is not found: a bundler has moved the package, and has left
 *   the file behind.
 */
export function entryUrl({ specifier, option, given, resolve }: ThreadEntry): string {
  if (given !== null) return moduleUrl(given).href
  try {
    return resolve(specifier)
  } catch (cause) {
    throw notFound(specifier, option, cause)
  }
}

function notFound(specifier: string, option: string, cause: unknown): RinglogError {
  const fault =
    `must be given: the file that this thread begins with, ${specifier}, is not found from here. ` +
    'If this program was bundled, either leave ringlog out of the bundle, or bundle that file as well and ' +
    'give its URL; docs/bundling.md of Ringlog shows how with esbuild, Vite, webpack and Next.js'
  return new RinglogError('INVALID_CONFIG', `${option} ${fault}`, {
    details: { faults: [{ option, fault }] },
    cause,
  })
}

/**
 * The program of a thread that begins with a file: `new Worker(threadProgram(url), { eval: true })`.
 *
 * A thread inherits the flags of its process. With `--input-type`, as `node --input-type=module --eval`
 * has it, Node.js refuses to start a thread with a file, but not a program that imports it.
 */
export function threadProgram(url: string): string {
  // Thrown, not rejected: so the thread ends whatever `--unhandled-rejections` says.
  return `import(${JSON.stringify(url)}).catch((error) => setImmediate(() => { throw error }))`
}
