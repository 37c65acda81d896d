import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { defineScenario, type OutsideRival } from '../../src/define-scenario.ts'
import { JavaLibraries, whatJavaLacks } from '../../src/outside/java-libraries.ts'
import { withoutMissingRivals } from '../../src/outside/prepare-rivals.ts'
import { RedisServer } from '../../src/outside/redis-server.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const run = () => Promise.reject(new Error('not to be run'))

function chosen(name: string, outside?: OutsideRival) {
  const scenario = { name, description: name, parameters: {}, roles: {}, run }
  return { scenario: defineScenario(outside === undefined ? scenario : { ...scenario, outside }) }
}

function withPackages(name: string, packages: readonly string[]) {
  return { scenario: { ...chosen(name).scenario, packages } }
}

const CHOSEN = [
  chosen('log'),
  chosen('blocking', 'disruptor'),
  chosen('yielding', 'disruptor'),
  chosen('kafka', 'kafka'),
]

describe('rivals from outside', () => {
  test('are skipped with one line each where they cannot be had', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const left = await withoutMissingRivals(CHOSEN, async (rival) =>
      rival === 'disruptor' ? 'there is no java on the PATH' : null,
    )
    expect(left.map(({ scenario }) => scenario.name)).toEqual(['log', 'kafka'])
    expect(error.mock.calls).toEqual([['disruptor is skipped: there is no java on the PATH']])
  })

  test('are prepared once each, and only those that are chosen', async () => {
    const prepared: string[] = []
    const prepare = async (rival: OutsideRival): Promise<null> => (prepared.push(rival), null)
    expect(await withoutMissingRivals(CHOSEN.slice(0, 3), prepare)).toEqual(CHOSEN.slice(0, 3))
    expect(prepared).toEqual(['disruptor'])
  })

  test('are skipped one by one where a package of theirs is not installed', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const left = await withoutMissingRivals([
      withPackages('runner', ['vitest']),
      withPackages('queue', ['vitest', 'no-such-queue']),
    ])
    expect(left.map(({ scenario }) => scenario.name)).toEqual(['runner'])
    expect(error.mock.calls).toEqual([['queue is skipped: npm install vitest no-such-queue']])
  })

  test('cannot be had without Java', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ringlog-bench-'))
    vi.stubEnv('PATH', folder)
    vi.stubEnv('XDG_CACHE_HOME', folder)
    const libraries = new JavaLibraries('none-1', [{ group: 'g', name: 'none', version: '1' }])
    expect(libraries.classpath).toBe(join(folder, 'ringlog-bench', 'none-1', '*'))
    expect(await libraries.prepare()).toBe('there is no java on the PATH')
    await rm(folder, { recursive: true })
  })
})

test('Redis cannot be had without its server', async () => {
  vi.stubEnv('PATH', '/nowhere')
  expect(await RedisServer.prepare()).toBe(
    "there is no redis-server on the PATH; Debian's package of that name has it",
  )
})

describe('what Java lacks', () => {
  test.each([
    ['java.base@17.0.15\njava.xml@17.0.15\njdk.compiler@17.0.15\n', null],
    ['java.base@25\njdk.compiler@25\n', null],
    [
      'java.base@11.0.2\njdk.compiler@11.0.2\n',
      'it takes Java 17 or later; the one on the PATH is 11',
    ],
    ['java.base@21.0.1\njava.xml@21.0.1\n', 'the Java on the PATH has no compiler'],
    ['', 'it takes Java 17 or later; the one on the PATH is unknown'],
  ])('%o', (modules, lacks) => {
    expect(whatJavaLacks(modules)).toBe(lacks)
  })
})
