import {
  Consumer,
  Producer,
  connect,
  type ConsumerConfig,
  type LogClient,
  type WaitStrategy,
} from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'

/** What a role takes that both sends and receives. */
export interface Clients {
  readonly client: LogClient
  readonly producer: Producer
  readonly consumer: Consumer
}

/** The consumer reads partition 0 of `topic`. */
export async function clientsFor(
  context: RoleContext,
  topic: string,
  config: Pick<ConsumerConfig, 'maxPollRecords'> = {},
): Promise<Clients> {
  const client = await connect()
  const waitStrategy = context.parameters.wait as WaitStrategy
  const consumer = new Consumer(client, { ...config, waitStrategy })
  await consumer.assign([{ topic, partition: 0 }])
  return { client, consumer, producer: new Producer(client, { waitStrategy }) }
}
