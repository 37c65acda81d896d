import { assertGroupId, faultInjectorOf, type LogClient } from '@ringlog/core/internal'

/**
 * Ends a client as the end of its thread would: nothing is sent, committed or said; its members leave no
 * group, they are dead. Producers and consumers that were made on it fail with BROKER_CLOSED, as does the
 * client itself. There is nothing to lift.
 *
 * ```ts
 * const client = await connect(broker.address)
 * const consumer = new Consumer(client, { groupId: 'billing' })
 * await consumer.subscribe(['orders'])
 * await killClient(client) // the group gives the consumer's partitions to the others
 * ```
 *
 * Thread: the client's.
 *
 * @param client A client from `connect`.
 * @throws RinglogError INVALID_REQUEST for a broker, or for a client without one.
 */
export async function killClient(client: LogClient): Promise<void> {
  faultInjectorOf(client).killClient()
}

/**
 * Has a group assign its partitions anew although nothing has changed, as Kafka's `enforceRebalance`. Resolves
 * when the assignor has answered: members whose partitions stay theirs hear nothing of it. There is nothing to
 * lift.
 *
 * ```ts
 * await forceRebalance(broker, 'billing')
 * ```
 *
 * @param client A broker, or any client of it.
 * @throws RinglogError GROUP_ID_NOT_FOUND, INVALID_GROUP_ID; INVALID_REQUEST for a group without members, or
 *   a client without a broker; BROKER_CLOSED.
 */
export async function forceRebalance(client: LogClient, groupId: string): Promise<void> {
  const injector = faultInjectorOf(client)
  assertGroupId(groupId)
  await injector.inject({ type: 'rebalance', groupId })
}
