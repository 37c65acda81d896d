import { fork } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { runSuite, type ChosenScenario } from '../../src/runner/suite.ts'
import failing from './failing.scenario.ts'
import laps from './laps.scenario.ts'

function chosen(wait: string): ChosenScenario {
  const url = new URL('./failing.scenario.ts', import.meta.url)
  return { scenario: failing, url, parameters: { wait } }
}

describe('a suite', () => {
  test('runs its scenarios in turns, each in a process of its own', async () => {
    const order: string[] = []
    const suite = ['one', 'two'].map(chosen)
    const results = await runSuite(suite, 2, ({ parameters }, run) => {
      order.push(`${parameters.wait} ${run}`)
    })
    expect(order).toEqual(['one 1', 'two 1', 'one 2', 'two 2'])
    expect(results.map(({ runs, error }) => [runs.length, error])).toEqual([
      [2, null],
      [2, null],
    ])
    for (const { runs } of results) expect(runs[0]!.peakRssBytes).toBeGreaterThan(10_000_000)
  })

  test('warms its scenarios up, all roles in step, and tells for how long', async () => {
    const url = new URL('./laps.scenario.ts', import.meta.url)
    const [byRate, byNumber] = await runSuite(
      [0, 7].map((records) => ({ scenario: laps, url, parameters: { records } })),
      1,
      () => undefined,
    )
    expect([byRate!.error, byNumber!.error]).toEqual([null, null])
    const { measurement, warmUp } = byRate!.runs[0]!
    expect(warmUp!.laps).toBeGreaterThanOrEqual(20)
    expect(warmUp!.records).toBe(500 * warmUp!.laps)
    expect(warmUp!.elapsedMs).toBeGreaterThan(0)
    expect(measurement.records).toBe(warmUp!.laps)
    expect(measurement.figures).toEqual({ inThisThread: warmUp!.laps })
    expect(byNumber!.runs[0]).toMatchObject({ warmUp: null, measurement: { records: 7 } })
  })

  test.each([
    ['throws', 'thrown by run'],
    ['throws-in-a-role', 'thrown in a role'],
    ['ends-the-thread', 'role only ended without a result: exitCode=3'],
    ['ends-too-soon', 'role only ended before the point warm'],
    ['ends-the-process', 'its process ended without an answer: exitCode=4'],
  ])('says why a scenario failed, and does not run it again: %s', async (wait, message) => {
    let started = 0
    const [failed, next] = await runSuite([chosen(wait), chosen('not')], 2, () => started++)
    expect(failed!.error).toContain(message)
    expect(failed!.runs).toEqual([])
    expect([next!.error, next!.runs.length]).toEqual([null, 2])
    expect(started).toBe(3)
  })

  test.each([
    ['never-ends', 'its process ended without an answer: exitCode=0'],
    ['absent-role', 'scenario failing has no role absent; its roles: only'],
    ['returns-nothing', 'run returned undefined; it must return { records, elapsedMs }'],
    ['returns-no-number', 'run returned pairs = NaN, no number'],
    ['throws-no-text', '[Object: null prototype] {}'],
    ['returns-no-object', 'run returned log = null, no object of numbers'],
  ])('says why a scenario gave nothing: %s', async (wait, message) => {
    const [failed] = await runSuite([chosen(wait)], 1, () => undefined)
    expect(failed!.error).toContain(message)
  })

  test.each(['leaves-a-timer', 'sends-messages'])(
    'takes the figures of a run that has more to do, or to say, than it should: %s',
    async (wait) => {
      const [result] = await runSuite([chosen(wait)], 1, () => undefined)
      expect(result).toMatchObject({ error: null, runs: [{ measurement: { records: 1 } }] })
    },
  )

  test('a run that hangs ends with who started it', async () => {
    const child = fork(new URL('./hanging-suite.ts', import.meta.url), { silent: true })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [line] = (await once(child.stdout!.setEncoding('utf8'), 'data')) as [string]
    const pid = Number(line)
    expect(pid).toBeGreaterThan(0)
    const isThere = (): boolean => {
      try {
        return process.kill(pid, 0)
      } catch {
        return false
      }
    }
    expect(isThere()).toBe(true)
    child.kill('SIGKILL')
    await expect.poll(isThere, { timeout: 20_000 }).toBe(false)
  })

  test('says that a process could not be started, and goes on', async () => {
    const { execPath } = process
    process.execPath = '/nowhere/node'
    onTestFinished(() => void (process.execPath = execPath))
    const [failed] = await runSuite([chosen('one')], 1, () => undefined)
    expect(failed!.error).toContain('its process could not be started: spawn /nowhere/node ENOENT')
  })
})
