/** The module that the handle of a test's client names. */
import { connect } from '@ringlog/broker'
import { Producer } from '@ringlog/producer'
import type { BrokerAddress, LogClient } from '@ringlog/core'
import { threadId } from 'node:worker_threads'
import { DONE } from './topics.ts'

/** What the handle of the test's client holds. */
export interface ReopeningData {
  readonly address: BrokerAddress
  readonly greeting: string
}

/** Opens a client in this thread, and writes down that it did. */
export async function reopenClient({ address, greeting }: ReopeningData): Promise<LogClient> {
  const client = await connect(address)
  const producer = new Producer(client)
  const headers = { thread: String(threadId) }
  await producer.send({ topic: DONE, value: greeting, headers })
  await producer.close()
  return client
}
