import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { loadScenario } from '../../src/runner/load-scenario.ts'
import { folder } from '../bench-rig.ts'

let modules = 0

async function load(text: string, timeoutMs?: number): Promise<unknown> {
  // Node.js loads a file once.
  const file = join(folder, `${++modules}-mine.mjs`)
  await writeFile(file, text)
  return loadScenario(pathToFileURL(file).href, timeoutMs)
}

const RIGHT = { name: "'mine'", parameters: '{}', roles: '{}', run: '() => {}' }

function scenarioWith(changes: Readonly<Record<string, string>>): string {
  const entries = Object.entries({ ...RIGHT, ...changes })
  return `export default {${entries.map(([name, text]) => `${name}: ${text}`).join(', ')}}`
}

test('a scenario is what a module has as its default export', async () => {
  expect(await load(scenarioWith({ comparedWith: "['other']" }))).toMatchObject({ name: 'mine' })
})

test.each(['', 'export default null', 'export default 5', 'export default []'])(
  'a module without one is refused: %o',
  async (text) => {
    await expect(load(text)).rejects.toThrow(
      'mine.mjs has no scenario as its default export: see defineScenario',
    )
  },
)

test.each([
  [{ name: "''" }, 'its name must be a text'],
  [{ name: '5' }, 'its name must be a text'],
  [{ parameters: 'null' }, 'its parameters must be an object'],
  [{ fixed: '[]' }, 'what is fixed must be an object'],
  [{ sweep: '{ wait: 1 }' }, 'its sweep must be an object of lists'],
  [{ comparedWith: "'other'" }, 'comparedWith must be a list of names'],
  [{ roles: 'null' }, 'its roles must be an object of functions'],
  [{ roles: '{ producer: 1 }' }, 'its roles must be an object of functions'],
  [{ run: '1', name: '1' }, 'its name must be a text; its run must be a function'],
])('one that lacks something is refused, with what: %o', async (changes, fault) => {
  await expect(load(scenarioWith(changes))).rejects.toThrow(`default export: ${fault}: see`)
})

test('a module that throws, or waits for ever, cannot be loaded', async () => {
  await expect(load("throw new Error('it is broken')")).rejects.toThrow(
    'mine.mjs cannot be loaded: it is broken',
  )
  await expect(load("throw 'a text'")).rejects.toThrow('mine.mjs cannot be loaded: a text')
  await expect(load('await new Promise(() => {})', 50)).rejects.toThrow(
    'mine.mjs cannot be loaded: it was not loaded within 0.05 s',
  )
})
