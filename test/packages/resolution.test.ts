import { existsSync, globSync, readFileSync } from 'node:fs'
import { cp, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { installApp } from './installed-app.ts'
import { manifestOf } from './packed-packages.ts'
import { runCommand, tryCommand } from './run-command.ts'

const packed = inject('packed')

/** Everything that can be imported by name. */
const ENTRIES = packed.flatMap(({ name, folder }) =>
  Object.keys(manifestOf(folder).exports).map((path) => name + path.slice(1)),
)

let app: string

beforeAll(async () => {
  app = await installApp(
    inject('folder'),
    packed,
    packed.map(({ name }) => name),
  )
})

describe('in node_modules', () => {
  test('every entry resolves to a file, those of the worker threads as well', async () => {
    const program = `for (const name of ${JSON.stringify(ENTRIES)}) console.log(import.meta.resolve(name))`
    await writeFile(join(app, 'resolve.js'), program)
    const urls = (await runCommand('node', ['resolve.js'], { cwd: app })).trim().split('\n')
    expect(urls).toHaveLength(ENTRIES.length)
    expect(ENTRIES).toContain('@ringlog/broker/controller-worker')
    expect(ENTRIES).toContain('@ringlog/partition-worker/worker')
    const paths = urls.map((url) => fileURLToPath(url))
    expect(paths.filter((path) => !existsSync(path))).toEqual([])
    expect(paths.filter((path) => !path.startsWith(join(app, 'node_modules')))).toEqual([])
  })

  test('the entry that needs @opentelemetry/api, which an install does not bring, says so', async () => {
    const { stderr, exitCode } = await tryCommand(
      'node',
      [
        '--input-type=module',
        '--eval',
        "await import('ringlog'); await import('ringlog/opentelemetry')",
      ],
      { cwd: app },
    )
    expect(exitCode).toBe(1)
    expect(stderr).toContain("Cannot find package '@opentelemetry/api'")
  })

  test('files that are not exported cannot be imported', async () => {
    const { stderr } = await tryCommand(
      'node',
      ['--input-type=module', '--eval', "import '@ringlog/core/dist/rpc/rpc-client.js'"],
      { cwd: app },
    )
    expect(stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })

  test('every module says where its map is, and every map where its source is', () => {
    const modules = globSync('node_modules/{ringlog,@ringlog/*}/dist/**/*.{js,d.ts}', { cwd: app })
    expect(modules.length).toBeGreaterThan(200)
    for (const path of modules) {
      const file = join(app, path)
      const [, map] = /\/\/# sourceMappingURL=(.+)$/.exec(readFileSync(file, 'utf8').trim()) ?? []
      expect(map, `${path} names no map`).toBeDefined()
      const mapFile = join(dirname(file), map!)
      const { sourceRoot = '', sources } = JSON.parse(readFileSync(mapFile, 'utf8')) as {
        sourceRoot?: string
        sources: string[]
      }
      if (!path.includes('/bundled/')) expect(sources).toHaveLength(1)
      for (const each of sources) {
        const source = resolve(dirname(mapFile), sourceRoot, each)
        expect(existsSync(source), `${path} comes from ${source}`).toBe(true)
      }
    }
  })

  test('a stack trace leads to the line in the source', async () => {
    const program = "import { Producer } from 'ringlog'\nnew Producer({})\n"
    await writeFile(join(app, 'throw.js'), program)
    const { stderr } = await tryCommand('node', ['--enable-source-maps', 'throw.js'], { cwd: app })
    const [, path, line] =
      /\((.+node_modules\/@ringlog\/producer\/src\/producer\.ts):(\d+):/.exec(stderr) ?? []
    expect(path, stderr).toBeDefined()
    const source = readFileSync(path!, 'utf8').split('\n')
    expect(source[Number(line) - 1]).toContain('engineOf(client)')
  })

  test('and in the file that a thread begins with, as well', async () => {
    const program = `
      import { Worker } from 'node:worker_threads'
      new Worker(new URL(import.meta.resolve('@ringlog/partition-worker/worker')), { workerData: {} })
    `
    await writeFile(join(app, 'throw-in-thread.js'), program)
    const args = ['--enable-source-maps', 'throw-in-thread.js']
    const { stderr } = await tryCommand('node', args, { cwd: app })
    const [, path, line] =
      /\((.+node_modules\/@ringlog\/partition-worker\/src\/partition-worker\.ts):(\d+):/.exec(
        stderr,
      ) ?? []
    expect(path, stderr).toBeDefined()
    const source = readFileSync(path!, 'utf8').split('\n')
    expect(source[Number(line) - 1]).toContain('= config')
  })

  test('a thread finds the packages of codecs where only @ringlog/core does', async () => {
    const modules = join(app, 'node_modules')
    const moved = ['snappy', '@napi-rs', 'lz4-napi', '@antoniomuso']
    for (const name of moved) {
      await cp(join(modules, name), join(modules, '@ringlog/core/node_modules', name), {
        recursive: true,
      })
      await rm(join(modules, name), { recursive: true })
    }
    const program = `
      import { Broker, Producer } from 'ringlog'
      const broker = await Broker.start()
      await broker.createTopic('t')
      for (const compression of ['snappy', 'lz4']) {
        const producer = new Producer(broker, { compression })
        const { offset } = await producer.send({ topic: 't', value: 'a'.repeat(10_000) })
        console.log(compression, offset)
      }
      await broker.close()
    `
    await writeFile(join(app, 'compress.js'), program)
    expect(await runCommand('node', ['compress.js'], { cwd: app })).toBe('snappy 0\nlz4 1\n')
  })
})
