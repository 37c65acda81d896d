import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { allRunning, stopKafka } from './running-kafka.ts'
import { startKafka } from './start-kafka.ts'

/**
 * Runs a command while a node runs, which it finds by `RINGLOG_TEST_CLUSTER`. A node that was not there before is
 * stopped afterwards, whatever becomes of the command.
 *
 * @returns The command's exit code.
 */
export async function withKafka(command: string, args: readonly string[]): Promise<number> {
  const before = allRunning().map(({ name }) => name)
  const kafka = await startKafka()
  try {
    const env = { ...process.env, RINGLOG_TEST_CLUSTER: kafka.bootstrapServers }
    const child = spawn(command, args, { env, stdio: 'inherit' })
    // A signal of the terminal reaches the child as well: its end is waited for.
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => child.kill(signal))
    const [code] = (await once(child, 'exit')) as [number | null]
    return code ?? 1
  } finally {
    if (!before.includes(kafka.name)) await stopKafka(kafka)
  }
}
