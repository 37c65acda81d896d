import { fileURLToPath } from 'node:url'
import { mergeConfig } from 'vitest/config'
import { project } from '../../vitest.config.ts'

/** One browser for all tests: it is started before they are, and however long that takes on a cold disk. */
export default mergeConfig(project('browser', 'test/browser/*.test.ts', 30_000), {
  test: {
    maxWorkers: 2,
    // What a page is to show is waited for as long as the test may take, however busy the machine is.
    expect: { poll: { timeout: 25_000 } },
    globalSetup: fileURLToPath(new URL('browser-server.ts', import.meta.url)),
  },
})
