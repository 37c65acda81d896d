import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const PACKAGES = fileURLToPath(new URL('../../../', import.meta.url))
const IS_ON_BUILD = process.env['RINGLOG_TEST_TARGET'] === 'build'

/** Everything that can be imported, by name: every entry of every package. */
const ENTRIES = readdirSync(PACKAGES).flatMap((folder) => {
  const manifest = readFileSync(join(PACKAGES, folder, 'package.json'), 'utf8')
  const { name, exports } = JSON.parse(manifest) as {
    name: string
    exports: Record<string, unknown>
  }
  return Object.keys(exports)
    .filter((path) => !path.endsWith('.json'))
    .map((path) => name + path.slice(1))
})

/** Releases of Node.js on this machine that are too old, by version; npm puts its own in front of them. */
const OLD_NODES = new Map(
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .filter((node) => existsSync(node))
    .map((node) => [versionOf(node), node] as const)
    .filter(([version]) => isTooOld(version)),
)

function versionOf(node: string): string {
  return spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim()
}

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < 22 || (major === 22 && minor < 18)
}

function importWith(node: string, args: string[], entry: string): string {
  const { stderr, status } = spawnSync(
    node,
    [...args, '--input-type=module', '--eval', `import '${entry}'`],
    { cwd: fileURLToPath(new URL('../../', import.meta.url)), encoding: 'utf8' },
  )
  return `${stderr}\nexitCode=${status}`
}

describe('on a release of Node.js that is too old', () => {
  test.each(ENTRIES)('importing %s fails at once, and says what is needed', (entry) => {
    const pretend =
      'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.19.0" } })'
    const conditions = IS_ON_BUILD ? [] : ['--conditions=@ringlog/source']
    const output = importWith(
      process.execPath,
      [...conditions, `--import=data:text/javascript,${encodeURIComponent(pretend)}`],
      entry,
    )
    expect(output).toContain('Ringlog needs Node.js 22.18 or later; this is Node.js 20.19.0.')
    expect(output).toContain('exitCode=1')
  })

  // Such a release does not take types out of the source, so it is asked to load the build.
  const installed = IS_ON_BUILD ? [...OLD_NODES] : []
  test.each(
    installed.flatMap(([version, node]) => ENTRIES.map((entry) => [version, entry, node] as const)),
  )('Node.js %s refuses %s in the same words', (version, entry, node) => {
    const output = importWith(node, [], entry)
    expect(output).toContain(`Ringlog needs Node.js 22.18 or later; this is Node.js ${version}.`)
    expect(output).toContain('exitCode=1')
  })
})

/**
 * What Node.js 16 has. Imports are linked before anything is evaluated: a module that imports by name
 * what an old release lacks fails with that name, and the sentence is never said. What is newer is
 * imported with its whole module: `import zlib from 'node:zlib'`.
 */
const NAMES_OF_OLD = new Set(
  (
    'MessageChannel Worker parentPort threadId workerData getEnvironmentData setEnvironmentData ' +
    'randomUUID createHash once fileURLToPath Readable Writable channel createRequire serialize deserialize ' +
    'constants gunzipSync gzipSync isAbsolute pathToFileURL existsSync BroadcastChannel performance ' +
    'AsyncLocalStorage inspect receiveMessageOnPort markAsUntransferable types EventEmitter MessagePort createServer randomBytes ' +
    'setTimeout closeSync fdatasyncSync fstatSync fsyncSync ftruncateSync mkdirSync openSync readSync readdirSync ' +
    'renameSync rmdirSync statSync unlinkSync writeSync linkSync link mkdir realpath rm rmdir dirname close fstat open read join readFileSync readdir promisify createSecureContext'
  ).split(' '),
)

describe('what a package imports by name from Node.js', () => {
  const files = readdirSync(PACKAGES).flatMap((folder) =>
    readdirSync(join(PACKAGES, folder, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, 'src', file)),
  )

  test('is in old releases too', () => {
    const tooNew: string[] = []
    for (const file of files) {
      const text = readFileSync(join(PACKAGES, file), 'utf8')
      for (const [, names] of text.matchAll(/^import (?!type)[^;'{}]*\{([^}]*)\} from 'node:/gm)) {
        for (const name of names!.split(',').map((part) => part.trim().replace(/ as .*/, ''))) {
          if (name === '' || name.startsWith('type ') || NAMES_OF_OLD.has(name)) continue
          tooNew.push(`${file}: ${name}`)
        }
      }
    }
    expect(files.length).toBeGreaterThan(50)
    expect(tooNew).toEqual([])
  })
})
