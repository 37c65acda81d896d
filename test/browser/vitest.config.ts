import { fileURLToPath } from 'node:url'
import { mergeConfig } from 'vitest/config'
import { project } from '../../vitest.config.ts'

/** One browser for all tests: it is started before they are, and however long that takes on a cold disk. */
export default mergeConfig(project('browser', 'test/browser/*.test.ts', 30_000), {
  test: {
    maxWorkers: 2,
    globalSetup: fileURLToPath(new URL('browser-server.ts', import.meta.url)),
  },
})
