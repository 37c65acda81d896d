/** A scenario whose laps cost nothing; it fails unless its roles run them in step. */
import { defineScenario, type RoleContext } from '../../src/define-scenario.ts'

async function role(context: RoleContext<Int32Array>): Promise<number> {
  const laps = context.data
  await context.warmUp(async () => {
    const own = Atomics.add(laps, context.index, 1)
    const other = Atomics.load(laps, 1 - context.index)
    if (Math.abs(own + 1 - other) > 1) throw new Error(`${own + 1} laps beside ${other}`)
  })
  await context.sync('warm')
  return Atomics.load(laps, context.index)
}

export default defineScenario({
  name: 'laps',
  description: 'warms up by the rate; with --records by so many laps',
  parameters: { records: 0 },
  roles: { one: role },
  run: async (stage) => {
    const counts = new Int32Array(new SharedArrayBuffer(8))
    const roles = [0, 1].map((index) => stage.start<number>('one', counts, { index }))
    const fixed = stage.number('records')
    let inThisThread = 0
    const laps = await stage.warmUp(500, {
      lap: async () => void inThisThread++,
      ...(fixed === 0 ? {} : { laps: fixed }),
    })
    await stage.sync('warm')
    for (const { result } of roles) {
      if ((await result) !== laps) throw new Error(`${await result} laps, not ${laps}`)
    }
    return { records: laps, elapsedMs: 1, figures: { inThisThread } }
  },
})
