import { cp, mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build as buildWithEsbuild, type BuildOptions } from 'esbuild'
import { build as buildWithVite, type UserConfig } from 'vite'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { installApp } from './installed-app.ts'
import { ROOT } from './packed-packages.ts'
import { tryCommand, type CommandResult } from './run-command.ts'

const FORMATS = ['esm', 'cjs'] as const
type Format = (typeof FORMATS)[number]

let app: string

/** The files that the document shows: each begins with its name. */
async function writeDocumentFiles(): Promise<void> {
  const text = await readFile(join(ROOT, 'docs/bundling.md'), 'utf8')
  for (const [, name, body] of text.matchAll(/^```js\n\/\/ (\S+)\n(.*?)^```$/gms)) {
    await writeFile(join(app, name!), body!)
  }
  // As the document says of CommonJS; and there is no `await` outside of functions.
  const main = await readFile(join(app, 'main.js'), 'utf8')
  const [, imports, rest] = /^(import .*?\n)(.*)$/s.exec(main)!
  const asCommonJs = rest!.replace(
    /new URL\(`.*?`, import\.meta\.url\)/,
    "require('node:path').join(__dirname, `${name}.cjs`)",
  )
  await writeFile(join(app, 'main-cjs.js'), `${imports}void (async () => {\n${asCommonJs}})()\n`)
}

/** What the document's script gives to esbuild, for either format. */
async function esbuildOptions(format: Format): Promise<BuildOptions> {
  const script = await readFile(join(app, 'esbuild.js'), 'utf8')
  const file = join(app, 'esbuild-options.js')
  await writeFile(
    file,
    script.replace(/^import .*$/m, '').replace('await build(', 'export default ('),
  )
  const { default: options } = (await import(file)) as { default: BuildOptions }
  if (format === 'esm') return options
  const entryPoints = { ...(options.entryPoints as object), main: 'main-cjs.js' }
  const logOverride = { 'empty-import-meta': 'silent' } as const
  return { ...options, format, entryPoints, outExtension: { '.js': '.cjs' }, logOverride }
}

async function viteConfig(format: Format): Promise<UserConfig> {
  const { default: config } = (await import(join(app, 'vite.config.js'))) as { default: UserConfig }
  if (format === 'esm') return config
  const { rolldownOptions, ...build } = config.build!
  const input = { ...(rolldownOptions!.input as object), main: 'main-cjs.js' }
  const output = { format, entryFileNames: '[name].cjs', chunkFileNames: '[name].cjs' } as const
  return { ...config, build: { ...build, rolldownOptions: { input, output } } }
}

const BUNDLERS = {
  esbuild: async (format: Format, outdir: string) => {
    const options = await esbuildOptions(format)
    await buildWithEsbuild({ ...options, absWorkingDir: app, outdir, logLevel: 'error' })
  },
  Vite: async (format: Format, outDir: string) => {
    const config = await viteConfig(format)
    const build = { ...config.build, outDir, emptyOutDir: false }
    await buildWithVite({ ...config, build, root: app, configFile: false, logLevel: 'error' })
  },
}

beforeAll(async () => {
  app = await installApp(inject('folder'), inject('packed'), ['ringlog'])
  await symlink(join(ROOT, 'node_modules/vite'), join(app, 'node_modules/vite'))
  await writeDocumentFiles()
})

/** Outside of the repository and of the app: nothing of Ringlog is found from there. */
async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(inject('folder'), 'bundle-'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  return folder
}

function runMain(folder: string, format: Format, ...args: string[]): Promise<CommandResult> {
  const main = format === 'esm' ? 'main.js' : 'main.cjs'
  return tryCommand('node', [main, ...args], { cwd: folder })
}

describe.each(Object.entries(BUNDLERS))('a bundle by %s', (_, bundle) => {
  test.each(FORMATS)('runs where nothing is installed: %s', async (format) => {
    const folder = await emptyFolder()
    await bundle(format, folder)
    expect(await runMain(folder, format)).toEqual({
      stdout: 'consumed 10\n',
      stderr: '',
      exitCode: 0,
    })

    const withoutPiscina = await runMain(folder, format, 'pool')
    expect(withoutPiscina.stderr).toMatch(/INVALID_STATE|needs the package piscina/)

    await mkdir(join(folder, 'node_modules'))
    await cp(join(app, 'node_modules/piscina'), join(folder, 'node_modules/piscina'), {
      recursive: true,
    })
    expect(await runMain(folder, format, 'pool')).toEqual({
      stdout: 'consumed 10\nanswered\n',
      stderr: '',
      exitCode: 0,
    })
  })

  test.each(FORMATS)('without the files of the threads says what to do: %s', async (format) => {
    for (const name of ['main.js', 'main-cjs.js']) {
      const main = await readFile(join(app, name), 'utf8')
      await writeFile(join(app, name), main.replace(/workers: \{.*?\n {2}\},\n/s, ''))
    }
    try {
      const folder = await emptyFolder()
      await bundle(format, folder)
      const { stderr, exitCode } = await runMain(folder, format)
      expect(exitCode).toBe(1)
      expect(stderr).toContain('workers.controller must be given')
      expect(stderr).toContain('docs/bundling.md')
    } finally {
      await writeDocumentFiles()
    }
  })
})
