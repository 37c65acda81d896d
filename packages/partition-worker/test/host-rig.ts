import { RinglogError, createRingLogMemory } from '@ringlog/core'
import {
  Doorbell,
  RpcClient,
  createProducerTableMemory,
  resolveTopicConfig,
  withTransfer,
  type PartitionService,
} from '@ringlog/core/internal'
import { NO_ATTACHMENTS, PartitionHost, type PartitionHostOptions } from '@ringlog/partition-worker'
import { MessageChannel } from 'node:worker_threads'
import { RING_BYTES, deadline } from './rig.ts'

const hosts: PartitionHost[] = []

export function options(overrides: Partial<PartitionHostOptions> = {}): PartitionHostOptions {
  return {
    topic: 'orders',
    partition: 3,
    config: resolveTopicConfig({ ringBytes: RING_BYTES }, 1),
    memory: createRingLogMemory(RING_BYTES),
    producerTable: createProducerTableMemory(),
    doorbell: new Doorbell().memory,
    storageDoorbell: null,
    attached: NO_ATTACHMENTS,
    ...overrides,
  }
}

export async function start(overrides: Partial<PartitionHostOptions> = {}): Promise<PartitionHost> {
  const host = await PartitionHost.start(options(overrides))
  hosts.push(host)
  return host
}

export async function connect(host: PartitionHost): Promise<RpcClient<PartitionService>> {
  const { port1, port2 } = new MessageChannel()
  await host.connectProducer({ clientId: 'test', acks: 'all', lane: null }, port2)
  return new RpcClient<PartitionService>(port1, {
    name: 'the partition',
    lostError: () => new RinglogError('PARTITION_OFFLINE'),
  })
}

/** Appends over the port, as a producer does. */
export function append(
  producer: RpcClient<PartitionService>,
  batch: Uint8Array,
  sizeBytes = batch.length,
) {
  const buffer = batch.slice().buffer
  const request = { buffer, sizeBytes, ...deadline() }
  return producer.call('append', [withTransfer(request, [buffer])])
}

/** Ends the threads of all hosts. */
export async function terminateHosts(): Promise<void> {
  await Promise.all(hosts.splice(0).map((host) => host.terminate()))
}
