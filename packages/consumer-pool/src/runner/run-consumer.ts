import type { LogClient } from '@ringlog/core'
import type { ConsumerRunnerConfig } from './config.ts'
import type { ConsumerRunner } from './consumer-runner.ts'

/**
 * Consumes in the calling thread: polls, has each record handled by a function, commits what is handled. At least
 * once; in order per key; never past a record that failed, which is tried again, and goes to a dead letter topic
 * where one is named. The loop that most programs write by hand; for work that keeps a core busy there is
 * `ConsumerPool`, which does the same in threads.
 *
 * Resolves when the runner is a member of the group; the first record is handled after that.
 *
 * ```ts
 * const runner = await runConsumer(client, {
 *   groupId: 'mails',
 *   topics: ['orders'],
 *   concurrency: 20,
 *   eachRecord: async ({ value }) => sendMail(String(value)),
 * })
 * process.once('SIGTERM', () => void runner.close())
 * await runner.closed
 * ```
 *
 * @param client From `Broker.start()` or `connect()`. Closing it closes the runner, which waits for its handlers.
 * @throws RinglogError INVALID_CONFIG that lists every faulty option, BROKER_CLOSED, and what
 *   `Consumer.subscribe` rejects with; `signal.reason` when aborted.
 */
export async function runConsumer<K = Buffer | null, V = Buffer | null, D = unknown>(
  client: LogClient,
  config: ConsumerRunnerConfig<K, V, D>,
): Promise<ConsumerRunner> {
  // Loaded with the first runner: every thread that imports the package would pay for it.
  const runner = await import('./consumer-runner.ts')
  return runner.ConsumerRunner.start(client, config)
}
