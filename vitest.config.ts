import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

/**
 * What all packages' tests share. They run twice: on the source, by the export condition that only
 * this repository knows; and on the build, as users have it.
 */
const isOnBuild = process.env['RINGLOG_TEST_TARGET'] === 'build'
const conditions = isOnBuild ? [] : ['@ringlog/source']

// Every broker that a test starts loads some hundred modules in each of its threads; Node.js keeps what
// it made of them, and the processes that vitest starts inherit where.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('node_modules/.cache/node-compile-cache', import.meta.url),
)

/**
 * Packages whose tests leave nothing behind in their process: on the build they share two, where half of the time went
 * into starting one for each file. What changes things that are loaded once is named `.alone.test.ts`. On the source
 * each file has its own, as everywhere.
 */
const SHARING = [
  'broker',
  'consumer',
  'core',
  'kafka-cluster',
  'partition-worker',
  'producer',
  'storage',
]
const isShared = isOnBuild && SHARING.includes(basename(process.cwd()))

type Env = Record<string, string>

export const project = (
  name: string,
  include: string,
  testTimeout: number,
  env: Env = {},
): ViteUserConfig => ({
  resolve: { conditions: [...conditions, 'node', 'import', 'module', 'default'] },
  ssr: { resolve: { conditions: [...conditions, 'node', 'import', 'module', 'default'] } },
  test: {
    name,
    include: [include],
    exclude: [
      ...(name === 'alone' ? [] : ['**/*.alone.test.ts']),
      // What takes long is run once, on the source.
      ...(isOnBuild ? ['**/*.long.test.ts', '**/*.memory.ts'] : []),
    ],
    isolate: name !== 'unit' || !isShared,
    testTimeout,
    // What other threads bring about takes seconds where they share two cores with more than these tests.
    expect: { poll: { timeout: 10_000 } },
    pool: 'forks',
    env,
    // Worker threads that the tests start resolve packages by the same condition.
    execArgv: ['--expose-gc', ...conditions.map((condition) => `--conditions=${condition}`)],
  },
})

/** `npm run stress` runs each stress test for longer than the suite does. */
const stressSeconds = Number(process.env['RINGLOG_TEST_STRESS_SECONDS'] ?? 2)

export default defineConfig({
  test: {
    maxWorkers: 2,
    maxConcurrency: 2,
    projects: [
      project('unit', 'test/**/*.test.ts', 30_000),
      project('alone', 'test/**/*.alone.test.ts', 30_000),
      // The C library gives threads arenas of their own, in which memory that was freed stays: with one
      // for all, what a process takes is what it holds.
      project('memory', 'test/**/*.memory.ts', 30_000, { MALLOC_ARENA_MAX: '1' }),
      project('stress', 'test/**/*.stress.ts', 60_000 + stressSeconds * 20_000),
    ],
  },
})
