import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

/** Which of Ringlog's modules a program loads that imports this. */
function modulesLoadedBy(specifier: string): string[] {
  const program = `
    import { registerHooks } from 'node:module'
    const urls = []
    registerHooks({ load: (url, context, next) => { urls.push(url); return next(url, context) } })
    await import(${JSON.stringify(specifier)})
    console.log(JSON.stringify(urls))
  `
  const args = [...process.execArgv, '--input-type=module', '--eval', program]
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  return (JSON.parse(stdout) as string[]).filter((url) => url.includes('/packages/'))
}

const isForTests = (url: string): boolean =>
  /packages\/testing\/|\/(testing|virtual-clock)\.[jt]s$/.test(url)

test('a program that imports ringlog loads nothing of what is for tests', () => {
  const loaded = modulesLoadedBy('ringlog')
  expect(loaded.length).toBeGreaterThan(100)
  expect(loaded.filter(isForTests)).toEqual([])
  expect(modulesLoadedBy('ringlog/testing').filter(isForTests).length).toBeGreaterThan(10)
})
