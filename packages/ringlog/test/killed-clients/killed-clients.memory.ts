import { SEED } from '@ringlog/test-kit'
import { expect, onTestFinished, test } from 'vitest'
import type { Counts } from './census.ts'
import { Killing, NOTHING } from './killing.ts'

/** So many producers and consumers; `npm run kill-clients` takes 10,000. */
const COUNT = Number(process.env['RINGLOG_TEST_KILLED_CLIENTS'] ?? 1_500)
/** Meanwhile code is compiled, and memory taken for what comes again and again. */
const WARM_UP = Math.min(1_000, COUNT / 3)
const STRETCHES = 6
/** Of one class, in one thread. */
const MAX_OBJECTS_PER_CLIENT = 0.05
const MAX_RSS_GROWTH = 1.05
const MIB = 1024 * 1024
const MAX_MS_PER_CLIENT = 60

test(
  `${COUNT} producers and consumers that are killed leave nothing behind (seed ${SEED})`,
  { timeout: 60_000 + COUNT * MAX_MS_PER_CLIENT },
  async () => {
    const killing = await Killing.start(SEED)
    onTestFinished(() => killing.close())
    await killing.killUntil(WARM_UP)
    await killing.untilHeard()
    const before = await killing.census()
    // What the count itself takes is not to be seen.
    const rss = [await killing.rssBytes()]
    const perStretch = (COUNT - WARM_UP) / STRETCHES
    const first = killing.opened
    for (let stretch = 1; stretch <= STRETCHES; stretch++) {
      await killing.killUntil(WARM_UP + stretch * perStretch)
      await killing.untilHeard()
      rss.push(await killing.rssBytes())
      expect(await killing.left()).toEqual(NOTHING)
    }
    const killed = killing.opened - first
    const after = await killing.census()
    for (const [thread, { handles, objects }] of after) {
      const then = before.get(thread)!
      expect({ thread, handles }).toEqual({ thread, handles: then.handles })
      const grown = grownBy(then.objects, objects, killed * MAX_OBJECTS_PER_CLIENT)
      expect({ thread, grown }).toEqual({ thread, grown: {} })
    }
    console.info(`RSS in MiB: ${rss.map((bytes) => Math.round(bytes / MIB)).join(', ')}`)
    // Where an allocator puts what is left moves it up and down; a leak goes up alone.
    const [early, late] = [rss.slice(0, 3), rss.slice(-3)]
    expect(Math.min(...late)).toBeLessThan(Math.max(...early) * MAX_RSS_GROWTH)
  },
)

/** A partition worker remembers the sequences of its last 10,000 producers, in objects of these. */
const REMEMBERED = new Set(['Object', 'Array'])

/** The classes of which there are more by at least so many objects. */
function grownBy(before: Counts, after: Counts, least: number): Counts {
  const grown = Object.entries(after)
    .filter(([name]) => !REMEMBERED.has(name))
    .map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
    .filter(([, growth]) => growth >= least)
  return Object.fromEntries(grown)
}
