import { RinglogError } from '@ringlog/core'
import type { RpcClient } from '@ringlog/core/internal'
import { expect, test } from 'vitest'
import { LocalMembership } from '../../src/client/local-membership.ts'
import type { ControllerService } from '../../src/wire/controller-service.ts'
import type { MemberAnswer } from '../../src/wire/group-service.ts'

const consumer = {
  consumerId: 'a',
  clientId: 'a',
  doorbell: new SharedArrayBuffer(256),
  isGating: false,
  groupId: 'billing',
}
const message = {
  groupId: 'billing',
  consumer,
  instanceId: null,
  subscription: { topics: ['orders'] },
  assignor: 'sticky',
  sessionTimeoutMs: 1_000,
  maxPollIntervalMs: 1_000,
  start: 'earliest',
} as const

/** A controller that admits a member, and from then on does as `next` says. */
class FakeController {
  readonly calls: string[] = []
  next: () => Promise<MemberAnswer> = () => Promise.resolve(this.#answer)
  readonly #answer: MemberAnswer = { assignmentEpoch: 0, granted: [], toRelease: [] }

  call(method: string): Promise<MemberAnswer> {
    this.calls.push(method)
    return method === 'joinGroup' ? Promise.resolve(this.#answer) : this.next()
  }
}

async function join(): Promise<{ controller: FakeController; membership: LocalMembership }> {
  const controller = new FakeController()
  const rpc = controller as unknown as RpcClient<ControllerService>
  const { membership } = await LocalMembership.join(rpc, 0, message)
  return { controller, membership }
}

const late = (): Promise<never> => Promise.reject(new RinglogError('REQUEST_TIMED_OUT'))

test.each(['reconcile', 'changeSubscription'] as const)(
  'a member whose call of %s is not answered in time leaves, and has to look again',
  async (what) => {
    const { controller, membership } = await join()
    expect(membership.hasChanged).toBe(false)
    controller.next = late
    const call =
      what === 'reconcile'
        ? membership.reconcile([])
        : membership.changeSubscription({ topics: ['payments'] })
    await expect(call).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' })
    expect(controller.calls.at(-1)).toBe('leaveGroup')
    expect(membership.hasChanged).toBe(true)
  },
)

test('a member whose call fails otherwise stays one', async () => {
  const { controller, membership } = await join()
  controller.next = () => Promise.reject(new RinglogError('INVALID_TOPIC_EXCEPTION'))
  await expect(membership.changeSubscription({ topics: ['?'] })).rejects.toThrow()
  expect(membership.hasChanged).toBe(false)
  expect(controller.calls).not.toContain('leaveGroup')
})
