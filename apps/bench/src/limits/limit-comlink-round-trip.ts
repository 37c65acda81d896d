import * as Comlink from 'comlink'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { defineScenario, type RoleContext } from '../define-scenario.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { endpointOf } from '../rivals/comlink-pair.ts'

const WARM = 'warm'

interface Echo {
  echo(value: number): number
}

async function serve(context: RoleContext<{ port: MessagePort }>): Promise<void> {
  const { port } = context.data
  Comlink.expose({ echo: (value) => value } satisfies Echo, endpointOf(port))
  const closed = new Promise((resolve) => port.on('close', resolve))
  await context.warmUp(async () => undefined) // It is the caller's laps that end.
  await context.sync(WARM)
  await closed
}

async function call(context: RoleContext<{ port: MessagePort }>): Promise<number> {
  const { port } = context.data
  const echo = Comlink.wrap<Echo>(endpointOf(port))
  let sequence = 0
  const callMore = async (count: number): Promise<void> => {
    for (const end = sequence + count; sequence < end; sequence++) {
      const answer = await echo.echo(sequence)
      if (answer !== sequence) throw new Error(`call ${sequence} was answered ${answer}`)
    }
  }
  await context.warmUp(() => callMore(lapOf(context.number('records'))))
  await context.sync(WARM)
  await callMore(context.number('records'))
  const finishedAtMs = context.nowMs()
  port.close()
  return finishedAtMs
}

/** What one round trip between two threads costs at the least, where it goes by Comlink. */
export default defineScenario({
  name: 'limit-comlink-round-trip',
  description: 'a bare Comlink call between two threads, one at a time',
  isDefault: false,
  parameters: { records: 10_000 },
  roles: { server: serve, caller: call },
  run: async (stage) => {
    const { port1, port2 } = new MessageChannel()
    const serving = stage.start<void>('server', { port: port2 }, { transfer: [port2] })
    const calling = stage.start<number>('caller', { port: port1 }, { transfer: [port1] })
    await stage.warmUp(lapOf(stage.number('records')))
    const startedAtMs = await stage.sync(WARM)
    const elapsedMs = (await calling.result) - startedAtMs
    const cpuMicros = stage.cpuMicrosSinceSync()
    await serving.result
    const records = stage.number('records')
    return { records, elapsedMs, cpuMicros, figures: { meanMicros: (elapsedMs * 1000) / records } }
  },
})
