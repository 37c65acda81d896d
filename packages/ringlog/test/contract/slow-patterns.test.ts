import { Consumer } from 'ringlog'
import { expect, onTestFinished, test } from 'vitest'
import { GROUP, Member, pollUntil } from './group-rig.ts'
import { Rig } from './rig.ts'

/** Takes some 2^n steps on a name of n times the letter "a" and another one. */
const CATASTROPHIC = /^(orders|(a+)+)$/
const HARD_NAME = `${'a'.repeat(60)}-`

test('a pattern that takes for ever is refused, and nobody else is held up by it', async () => {
  const rig = await Rig.start('shared', { partitions: 2 })
  const bad = new Member(rig, 'bad')
  await bad.consumer.subscribe(CATASTROPHIC, bad)
  const good = await Member.of(rig, 'good')
  await pollUntil([bad, good], () => bad.assignment.length === 1 && good.assignment.length === 1)

  const startMs = performance.now()
  await rig.broker.createTopic(HARD_NAME)
  expect(performance.now() - startMs).toBeLessThan(10_000)
  await pollUntil([good], () => good.assignment.length === 2)
  expect((await rig.broker.describeGroup(GROUP)).members.map(({ clientId }) => clientId)).toEqual([
    'good',
  ])

  // The member is told at its next polls: that it is out, and why it cannot come back.
  const polling = async (): Promise<void> => {
    for (;;) await bad.poll(1)
  }
  await expect(polling()).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    message: expect.stringContaining(`pattern ${String(CATASTROPHIC)} takes longer`) as string,
  })
  expect(bad.toldOf('lost')).toHaveLength(1)

  const late = new Consumer(rig.broker, { groupId: 'late' })
  onTestFinished(() => late.close())
  await expect(late.subscribe(CATASTROPHIC)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
  expect(await rig.broker.listGroups()).not.toContain('late')
})
