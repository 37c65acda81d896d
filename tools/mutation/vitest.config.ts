import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const conditions = ['@ringlog/source', 'node', 'import', 'module', 'default']

/**
 * The tests that a mutant has to pass: those that run in one thread. A mutant is switched on by a global
 * variable, which a thread that a test starts does not have.
 */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: [
      'packages/core/test/{ring,lane}/*.test.ts',
      'packages/core/test/concurrent/{doorbell*,spinning}.test.ts',
      'packages/broker/test/coordinator/**/*.test.ts',
    ],
    testTimeout: 30_000,
  },
})
