import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { CoreWatch, parseThreadStat, sharedPercents } from '../../src/metrics/core-watch.ts'

/** As Linux 6.18 has it. */
function statOf(name: string, utime: number, stime: number, core: number): string {
  return (
    `31702 (${name}) R 31698 31698 24873 0 -1 4194560 7789 0 18 0 ${utime} ${stime} 0 0 20 0 12 0 8315672 ` +
    '5875503104 27908 18446744073709551615 8577024 55083077 140734731343472 0 0 0 0 16781312 17922 0 0 0 17 ' +
    `${core} 0 0 0 0 0 120222368 120616000 1000116224 140734731348596 140734731348650 140734731348650 0 0\n`
  )
}

test.each(['producer-0', 'node-MainThread', 'a (b) c', ') R 1 2', ''])(
  'a thread named %o is found on its core',
  (name) => {
    expect(parseThreadStat(statOf(name, 11, 23, 5))).toEqual({ name, cpuMicros: 340_000, core: 5 })
  },
)

test.each(['', '1', '1 (name', '1 (name)', ') (', '1 (name) R 1 2 3', statOf('a', NaN, 1, 1)])(
  'what is none of the kernel’s lines is no thread: %o',
  (text) => {
    expect(parseThreadStat(text)).toBeNull()
  },
)

test('the looks of several runs count together', () => {
  const first = { looks: 10, cores: [], shared: [{ threads: ['a', 'b'] as const, looks: 2 }] }
  const second = {
    looks: 30,
    cores: [],
    shared: [
      { threads: ['b', 'c'] as const, looks: 8 },
      { threads: ['a', 'b'] as const, looks: 4 },
    ],
  }
  expect(sharedPercents([first, second])).toEqual([
    { threads: ['b', 'c'], percent: 20 },
    { threads: ['a', 'b'], percent: 15 },
  ])
  expect(sharedPercents([])).toEqual([])
})

test.runIf(process.platform === 'linux')(
  'Linux tells on which cores threads are; what ends is forgotten, with its file',
  async () => {
    const watch = new CoreWatch()
    onTestFinished(() => watch.close())
    const worker = new Worker('for (;;);', { eval: true, name: 'busy-1' })
    await once(worker, 'online')
    watch.restart()
    expect(watch.placement).toEqual({ looks: 0, cores: [], shared: [] })
    const namesSeen = (): string[] => {
      watch.look()
      return watch.placement!.cores.flatMap(({ threads }) => threads.map(({ name }) => name))
    }
    await expect.poll(namesSeen).toContain('busy-1')
    await worker.terminate()
    watch.look()
    const { looks } = watch.placement!
    watch.restart()
    await sleep(20)
    watch.look()
    expect(looks).toBeGreaterThan(1)
    expect(watch.placement!.looks).toBe(1)
    expect(watch.placement!.cores.flatMap(({ threads }) => threads)).not.toContainEqual(
      expect.objectContaining({ name: 'busy-1' }),
    )
  },
)
