import {
  Doorbell,
  LaneAnswer,
  LaneWriter,
  createLaneMemory,
  monotonicMs,
} from '@ringlog/core/internal'
import { until } from '@ringlog/test-kit'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import { append, connect, start, terminateHosts } from './host-rig.ts'
import { batchOf, deadline } from './rig.ts'

afterEach(terminateHosts)

describe('a partition worker and the lane of a producer', () => {
  test('drops a producer that is gone before its port arrives, lane and all', async () => {
    const host = await start()
    for (let i = 0; i < 3; i++) {
      const lane = {
        laneId: `lane ${i}`,
        memory: createLaneMemory(1024),
        producerDoorbell: new Doorbell().memory,
        acks: 'all' as const,
      }
      const { port1, port2 } = new MessageChannel()
      port1.close()
      await host.connectProducer({ clientId: 'test', acks: 'all', lane }, port2)
    }
    const deadlineMs = monotonicMs() + 10_000
    while ((await host.metrics(deadlineMs)).producerCount > 0);
    const producer = await connect(host)
    expect(await append(producer, batchOf(['a']))).toMatchObject({ error: null, baseOffset: 0 })
  })

  test('goes on with a lane that its producer connects again, until its latest port closes', async () => {
    const host = await start()
    const memory = createLaneMemory(1024)
    const writer = new LaneWriter(memory)
    const lane = {
      laneId: 'lane',
      memory,
      producerDoorbell: new Doorbell().memory,
      acks: 'all' as const,
    }
    const ports: MessagePort[] = []
    const send = async (offset: number): Promise<void> => {
      const batch = batchOf(['a'])
      expect(writer.tryWrite(batch, batch.length, deadline())).toBe(true)
      const { port1, port2 } = new MessageChannel()
      ports.push(port1)
      await host.connectProducer({ clientId: 'test', acks: 'all', lane }, port2)
      const answer = new LaneAnswer()
      await until(() => writer.readAnswer(answer))
      expect(answer).toMatchObject({ error: null, baseOffset: offset })
    }
    const producers = async (): Promise<number> => (await host.metrics(Infinity)).producerCount
    await send(0)
    await send(1)
    ports[0]!.close()
    while ((await producers()) > 1);
    await send(2)
    ports[1]!.close()
    await host.closeLane('lane')
    await host.closeLane('another')
    const batch = batchOf(['a'])
    expect(writer.tryWrite(batch, batch.length, deadline())).toBe(true)
    ports[2]!.close()
    while ((await producers()) > 0);
    expect(writer.hasAnswer).toBe(false)
  })
})
