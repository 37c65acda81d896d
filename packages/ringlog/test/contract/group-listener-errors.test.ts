import { RinglogError } from 'ringlog'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GROUP, GROUP_TRANSPORTS, Member, names, pollUntil, produce } from './group-rig.ts'
import { Rig } from './rig.ts'

/** Partition 0 to the first member, and so on in turn; where there are three, the first two swap. */
const SWAPPING = `data:text/javascript,${encodeURIComponent(`
  export function assign({ members, partitionsOf }) {
    const [first, second, third] = members
    const order = third === undefined ? members : [second, first, third]
    const answer = new Map(members.map(({ memberId }) => [memberId, []]))
    for (const [topic, count] of partitionsOf) {
      for (let partition = 0; partition < count; partition++) {
        answer.get(order[partition % order.length].memberId).push({ topic, partition })
      }
    }
    return answer
  }`)}`

/** What the group says that each member owns, by client id. */
async function owners(rig: Rig): Promise<Record<string, string[]>> {
  const { members } = await rig.broker.describeGroup(GROUP)
  return Object.fromEntries(
    members.map(({ clientId, assignment }) => [clientId, names(assignment)]),
  )
}

/** Polls in turn until the group is stable; returns the messages that polls have rejected with. */
async function pollUntilStable(rig: Rig, members: readonly Member[]): Promise<string[]> {
  const failures: string[] = []
  const untilMs = performance.now() + 10_000
  const pollAll = async (): Promise<void> => {
    for (const member of members) {
      await member.poll(1).catch((error: unknown) => failures.push((error as Error).message))
    }
  }
  for (;;) {
    await pollAll()
    const { state } = await rig.broker.describeGroup(GROUP)
    const isWhole =
      members.reduce((sum, { assignment }) => sum + assignment.length, 0) ===
      (await rig.broker.describeTopic(rig.topic)).partitions.length
    if (state === 'stable' && isWhole) break
    if (performance.now() > untilMs) throw new Error(`the group is not stable: ${failures.join()}`)
  }
  await pollAll() // a poll that waits no longer leaves it to the next to tell
  return failures
}

describe.each(GROUP_TRANSPORTS)('a rebalance whose listener throws, by %s', (transport) => {
  const start = (partitions = 3): Promise<Rig> => Rig.start(transport, { partitions })

  test.each(['RangeError', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'WAKEUP'] as const)(
    'is carried out whole, and the error is told once (%s)',
    async (code) => {
      const rig = await start()
      const thrown = code === 'RangeError' ? new RangeError('not now') : new RinglogError(code)
      const a = await Member.of(rig, 'a')
      const members = [a]
      const warnings: unknown[] = []
      const onWarning = (warning: unknown): void => void warnings.push(warning)
      process.on('warning', onWarning)
      onTestFinished(() => void process.off('warning', onWarning))
      let throws = 0
      a.whileRevoked = async () => {
        // There is more to let go when the first is done.
        if (++throws === 1) members.push(await Member.of(rig, 'c'))
        throw thrown
      }
      members.push(await Member.of(rig, 'b'))
      const failures = await pollUntilStable(rig, members)
      expect(throws).toBe(2)
      expect(failures).toEqual([thrown.message])
      expect(warnings).toContain(thrown) // the second time
      expect(await owners(rig)).toEqual(
        Object.fromEntries(members.map(({ name, assignment }) => [name, assignment])),
      )
      expect(a.toldOf('revoked')).toHaveLength(2)
      // Every record is given to one of them.
      await produce(rig, 30)
      const count = (): number => members.reduce((sum, { values }) => sum + values.length, 0)
      await pollUntil(members, () => count() >= 30)
      expect(new Set(members.flatMap(({ values }) => values)).size).toBe(30)
      expect(count()).toBe(30)
      a.whileRevoked = () => undefined
    },
  )

  test('tells of what is gained in the same rebalance', async () => {
    const rig = await start(3)
    const config = { assignor: SWAPPING }
    const a = await Member.of(rig, 'a', config)
    a.whileRevoked = () => {
      throw new Error('not now')
    }
    const b = await Member.of(rig, 'b', config)
    await pollUntilStable(rig, [a, b])
    const members = [b, a, await Member.of(rig, 'c', config)]
    expect(await pollUntilStable(rig, members)).toEqual(['not now'])
    expect(a.told.at(-1)).toBe('assigned orders-1')
    for (const member of members) {
      const has = new Set<string>()
      for (const told of member.told) {
        const [what, partitions] = told.split(' ') as [string, string]
        for (const p of partitions.split(',')) {
          if (what === 'assigned') has.add(p)
          else has.delete(p)
        }
      }
      expect([...has].sort()).toEqual(member.assignment)
    }
    a.whileRevoked = () => undefined
    expect(await owners(rig)).toEqual(
      Object.fromEntries(members.map(({ name, assignment }) => [name, assignment])),
    )
  })

  test('unsubscribe has left when it rejects with it; the consumer can assign', async () => {
    const rig = await start()
    const a = await Member.of(rig, 'a')
    a.whileRevoked = () => {
      throw new Error('not now')
    }
    await expect(a.consumer.unsubscribe()).rejects.toThrow('not now')
    expect((await rig.broker.describeGroup(GROUP)).members).toEqual([])
    await expect(a.consumer.poll({ timeoutMs: 1 })).rejects.toMatchObject({ code: 'INVALID_STATE' })
    await a.consumer.assign([rig.at(0)])
    expect(a.assignment).toEqual(['orders-0'])
  })

  test('close has left when it rejects with it', async () => {
    const rig = await start()
    const a = await Member.of(rig, 'a')
    a.whileRevoked = () => {
      throw new Error('not now')
    }
    await expect(a.consumer.close()).rejects.toThrow('not now')
    expect((await rig.broker.describeGroup(GROUP)).members).toEqual([])
    await a.consumer.close()
  })

  test('a member that was put out has joined again when the poll rejects with it', async () => {
    const rig = await start(2)
    const lost: string[] = []
    const a = new Member(rig, 'a', { maxPollIntervalMs: 100 })
    await a.consumer.subscribe([rig.topic], {
      onPartitionsLost: (partitions) => {
        lost.push(...names(partitions))
        throw new Error('it is gone')
      },
    })
    await expect.poll(async () => (await rig.broker.describeGroup(GROUP)).members).toEqual([])
    await expect(a.poll(10_000)).rejects.toThrow('it is gone')
    expect(a.assignment).toEqual(['orders-0', 'orders-1'])
    expect(lost).toEqual(['orders-0', 'orders-1'])
    await a.poll(0)
  })

  test('subscribe is a member when it rejects with it', async () => {
    const rig = await start(2)
    const a = new Member(rig, 'a')
    const subscribing = a.consumer.subscribe([rig.topic], {
      onPartitionsAssigned: () => {
        throw new Error('not now')
      },
    })
    await expect(subscribing).rejects.toThrow('not now')
    expect(a.assignment).toEqual(['orders-0', 'orders-1'])
    await produce(rig, 2)
    await pollUntil([a], () => a.values.length === 2)
  })
})
