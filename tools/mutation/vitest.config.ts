import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import CheapestFirst from './cheapest-first.ts'

const conditions = ['@ringlog/source', 'node', 'import', 'module', 'default']
const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/**
 * The tests that a mutant has to pass: those that run in one thread. A mutant is switched on by a global
 * variable, which a thread that a test starts does not have.
 */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    root: pathOf('../..'),
    include: [
      'packages/core/test/{ring,lane}/*.test.ts',
      'packages/core/test/concurrent/{doorbell*,spinning}.test.ts',
      'packages/broker/test/coordinator/**/*.test.ts',
    ],
    setupFiles: [pathOf('setup.ts')],
    sequence: { sequencer: CheapestFirst },
    testTimeout: 30_000,
  },
})
