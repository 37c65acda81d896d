import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { project } from './vitest.config.ts'
import { NOT_ON_A_CLUSTER } from './packages/ringlog/test/contract/not-on-a-cluster.ts'

/** Files of which nothing holds on a cluster. */
const different = NOT_ON_A_CLUSTER.flatMap(({ tests }) =>
  Object.keys(tests).filter((file) => tests[file] === 'all'),
)
const setupFile = fileURLToPath(
  new URL('packages/ringlog/test/contract/on-a-cluster.setup.ts', import.meta.url),
)
const { test, ...rest } = project('cluster', 'test/{contract,cluster}/**/*.test.ts', 30_000)

/**
 * The contract of the broker of this process, held against a cluster; and the tests that are about clusters alone. Its
 * root is packages/ringlog.
 */
export default defineConfig({
  ...rest,
  test: {
    ...test,
    exclude: different.map((file) => `test/contract/${file}.test.ts`),
    setupFiles: [setupFile],
    maxWorkers: 1, // the tests share topics and groups
  },
})
