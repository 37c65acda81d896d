/** What you would write: for each order, a mail. */
import { runConsumer, serdes, type ConsumerRunner, type LogClient } from 'ringlog'

export interface Order {
  readonly id: number
  readonly to: string
}

export async function startMailer(
  client: LogClient,
  sendMail: (order: Order) => Promise<void>,
): Promise<ConsumerRunner> {
  const runner = await runConsumer(client, {
    groupId: 'mailer',
    topics: ['orders'],
    valueSerde: serdes.json<Order>(),
    concurrency: 20,
    maxAttempts: 4,
    retryBackoffMs: 100, // in production minutes: 60_000
    retryBackoffMaxMs: 300,
    onExhausted: { deadLetterTopic: 'orders.dead' },
    eachRecord: ({ value: order }) => sendMail(order),
  })
  process.once('SIGTERM', () => void runner.close())
  return runner
}
