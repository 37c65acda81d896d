/** As a user writes one: a role that another thread answers, in a module of its own. */
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { defineScenario, lapOf, type RoleContext } from '@ringlog/bench'

type Task = { port: MessagePort }

async function answer(context: RoleContext<Task>): Promise<void> {
  const { port } = context.data
  port.on('message', (value: number) => port.postMessage(value + 1))
  await context.warmUp(async () => undefined)
  await context.sync('warm')
}

async function ask(context: RoleContext<Task>): Promise<number> {
  const { port } = context.data
  const records = context.number('records')
  const askMore = async (count: number): Promise<void> => {
    for (let value = 0; value < count; value++) {
      const { promise, resolve } = Promise.withResolvers<number>()
      port.once('message', resolve)
      port.postMessage(value)
      if ((await promise) !== value + 1) throw new Error(`${value} was answered wrongly`)
    }
  }
  await context.warmUp(() => askMore(lapOf(records)))
  await context.sync('warm')
  await askMore(records)
  const finishedAtMs = context.nowMs()
  port.close()
  return finishedAtMs
}

export default defineScenario({
  name: 'own',
  description: 'a number asked, and answered by another thread',
  parameters: { records: 10_000 },
  comparedWith: ['limit-comlink-round-trip'],
  roles: { ask, answer },
  run: async (stage) => {
    const { port1, port2 } = new MessageChannel()
    const asking = stage.start<number>('ask', { port: port1 }, { transfer: [port1] })
    stage.start<void>('answer', { port: port2 }, { transfer: [port2] })
    const records = stage.number('records')
    await stage.warmUp(lapOf(records))
    const startedAtMs = await stage.sync('warm')
    const elapsedMs = (await asking.result) - startedAtMs
    return { records, elapsedMs, cpuMicros: stage.cpuMicrosSinceSync() }
  },
})
