import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { project } from './vitest.config.ts'
import { NOT_ON_A_CLUSTER } from './packages/ringlog/test/contract/not-on-a-cluster.ts'
import { IS_FOLLOWED } from './packages/ringlog/test/contract/tested-cluster.ts'

/** Files of which nothing holds on a cluster. */
const different = NOT_ON_A_CLUSTER.flatMap(({ tests }) =>
  Object.keys(tests).filter((file) => tests[file] === 'all'),
)
const setupFile = fileURLToPath(
  new URL('packages/ringlog/test/contract/on-a-cluster.setup.ts', import.meta.url),
)
const { test, ...rest } = IS_FOLLOWED
  ? project('followed', 'test/contract/**/!(producing*).test.ts', 30_000)
  : project('cluster', 'test/{contract,cluster}/**/*.test.ts', 30_000)

/**
 * The contract of the broker of this process, held against a cluster; and the tests that are about clusters alone. With
 * `RINGLOG_TEST_FOLLOW=1` consumers have their partitions followed: then without what is about producers, to whom that
 * is the same. Its root is packages/ringlog.
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
