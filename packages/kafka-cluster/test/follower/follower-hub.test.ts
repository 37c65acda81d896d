import { LOG_ENGINE } from '@ringlog/core/internal'
import { Consumer } from '@ringlog/consumer'
import { MessageChannel, type Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { Cluster } from '../../src/cluster.ts'
import { resolveClusterConfig } from '../../src/cluster-config.ts'
import { ClusterEngine } from '../../src/cluster-engine.ts'
import { FollowerHub } from '../../src/follower/follower-hub.ts'
import { FollowerLink } from '../../src/follower/follower-link.ts'
import { loadKafka } from '../../src/load-kafka.ts'
import { KAFKA, connect, createTopic, describeOnKafka, producerOn } from '../kafka-rig.ts'

describeOnKafka('the hub of followers', () => {
  test('starts another where the thread of one has ended, and nothing is lost', async () => {
    const threads: Worker[] = []
    const onWorker = (worker: Worker): void => void threads.push(worker)
    process.on('worker', onWorker)
    onTestFinished(() => void process.off('worker', onWorker))
    const config = resolveClusterConfig({
      bootstrapServers: KAFKA!.bootstrapServers,
      follow: { ringBytes: 64 * 1024 },
    })
    const hub = new FollowerHub(config, () => undefined)
    const { port1, port2 } = new MessageChannel()
    hub.connect(port2)
    const cluster = new Cluster(await loadKafka(), config)
    await cluster.metadata.connect(cluster.apiDeadline())
    const engine = new ClusterEngine(cluster, new FollowerLink(port1))
    onTestFinished(async () => {
      await engine.close()
      await Promise.all(threads.map((thread) => thread.terminate()))
    })
    const admin = await connect()
    const topic = await createTopic(admin)
    const producer = producerOn(admin)
    const consumer = new Consumer({ [LOG_ENGINE]: engine } as never)
    await consumer.assign([{ topic, partition: 0 }])
    const offsets: number[] = []
    const sendAndRead = async (): Promise<void> => {
      await producer.send({ topic, value: 'a', partition: 0 })
      for (const { offset } of await consumer.poll({ timeoutMs: 60_000 })) offsets.push(offset)
    }
    for (let i = 0; i < 3; i++) await sendAndRead()
    expect(threads).toHaveLength(1)
    await threads[0]!.terminate()
    for (let i = 0; i < 3; i++) await sendAndRead()
    expect(offsets).toStrictEqual([0, 1, 2, 3, 4, 5])
    expect(threads).toHaveLength(2)
    await consumer.close()
  })
})
