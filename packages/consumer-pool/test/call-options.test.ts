import { expect, test } from 'vitest'
import { Rig, TOPIC } from './rig.ts'

test('an option that a call does not have is named, with the one that was meant', async () => {
  const rig = await Rig.start({ partitions: 1 })
  const pool = await rig.pool('returning', { threads: 1 })
  const timeout = { timeout: 100 } as object
  const calls = {
    run: () => pool.run({ topic: TOPIC, value: '1' }, timeout),
    drain: () => pool.drain(timeout),
    close: () => pool.close(timeout),
  }
  for (const [name, call] of Object.entries(calls)) {
    await expect(call()).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: `timeout is not an option of ${name}(); did you mean timeoutMs? There are ${
        name === 'close' ? 'timeoutMs' : 'timeoutMs, signal'
      }`,
    })
  }
  // Nothing was produced or closed by that.
  expect(await pool.run({ topic: TOPIC, value: '1' })).toBeDefined()
})
