import { Broker, Consumer, Producer, type BrokerConfig, type TopicPartition } from 'ringlog'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder for a broker, that is gone after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'ringlog-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A broker on a folder; it is closed after the test, unless the test does. */
export async function startDurable(
  dataDirectory: string,
  config: BrokerConfig = {},
): Promise<Broker> {
  const broker = await Broker.start({ ...config, dataDirectory })
  onTestFinished(() => broker.close({ timeoutMs: 2_000 }))
  return broker
}

export function at(topic: string, partition = 0): TopicPartition {
  return { topic, partition }
}

/** Sends values to a partition; resolves with the offset of the first. */
export async function send(
  broker: Broker,
  p: TopicPartition,
  values: readonly string[],
): Promise<number> {
  const producer = new Producer(broker)
  const sent = await Promise.all(values.map((value) => producer.send({ ...p, value })))
  await producer.close()
  return sent[0]!.offset
}

/** All that is in a partition, from its start. */
export async function valuesOf(broker: Broker, p: TopicPartition): Promise<string[]> {
  const consumer = new Consumer(broker, { autoOffsetReset: 'earliest' })
  await consumer.assign([p])
  const [end] = await consumer.endOffsets([p])
  const values: string[] = []
  while (consumer.position(p) < end!.offset) {
    for (const { value } of await consumer.poll({ timeoutMs: 5_000 })) values.push(String(value))
  }
  await consumer.close()
  return values
}
