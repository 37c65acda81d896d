/** A scenario that goes wrong in the way that it is told to. */
import { defineScenario, type RoleContext } from '../../src/define-scenario.ts'

async function role(context: RoleContext): Promise<string> {
  const { parameters } = context
  if (parameters.wait === 'throws-in-a-role') throw new Error('thrown in a role')
  if (parameters.wait === 'ends-the-thread') process.exit(3)
  if (parameters.wait === 'ends-too-soon') return 'done'
  await context.sync('warm')
  return 'done'
}

export default defineScenario({
  name: 'failing',
  description: 'goes wrong as told by --wait',
  parameters: { wait: 'not' },
  roles: { only: role },
  run: async (stage) => {
    const { wait } = stage.parameters
    if (wait === 'throws') throw new Error('thrown by run')
    if (wait === 'throws-no-text') throw Object.create(null)
    if (wait === 'ends-the-process') process.exit(4)
    if (wait === 'never-ends') return new Promise(() => undefined)
    if (wait === 'hangs') {
      console.log(process.pid)
      return new Promise(() => setInterval(() => undefined, 1_000))
    }
    if (wait === 'absent-role') await stage.start('absent').result
    if (wait === 'returns-nothing') return undefined as never
    if (wait === 'returns-no-object') return { records: 1, elapsedMs: 1, log: null as never }
    if (wait === 'sends-messages') {
      process.send!('ready')
      process.send!({ error: 'of somebody else' })
    }
    if (wait === 'leaves-a-timer') setInterval(() => undefined, 1_000)
    if (wait === 'returns-no-number') return { records: 1, elapsedMs: 1, figures: { pairs: NaN } }
    const { result } = stage.start<string>('only')
    if (wait === 'ends-the-thread') await result
    await stage.sync('warm')
    if ((await result) !== 'done') throw new Error('the role is not done')
    return { records: 1, elapsedMs: 1 }
  },
})
