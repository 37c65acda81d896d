import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['*.test.ts'],
    globalSetup: './pack-and-fetch.ts',
    pool: 'forks',
    maxWorkers: 2,
    // Installing reaches for the registry where npm's cache lacks something.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
