import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the browser is connected to. */
    browserUrl: string
  }
}

/** Starts the browser that all tests share; what is returned ends it. */
export default async function startBrowser(project: TestProject): Promise<() => Promise<void>> {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const executablePath = folders.map((folder) => join(folder, 'chromium')).find(existsSync)
  if (executablePath === undefined) throw new Error('there is no chromium on the PATH')
  const server = await chromium.launchServer({ executablePath })
  project.provide('browserUrl', server.wsEndpoint())
  return () => server.close()
}
