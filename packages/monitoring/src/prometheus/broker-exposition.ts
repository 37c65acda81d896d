import type { BrokerMetrics, ClientMetrics } from '@ringlog/core/internal'
import { BROKER, DATA_DIRECTORY, HOLDER, PARTITION, PARTITION_DISK } from './broker-measures.ts'
import { CLIENT, CONSUMER, HANDLER, PRODUCER } from './client-measures.ts'
import { Exposition } from './exposition.ts'
import { GROUP, GROUP_PARTITION } from './group-measures.ts'
import { addAll } from './measure.ts'

/** The metrics of a broker as text. */
export function expositionOf(metrics: BrokerMetrics): string {
  const exposition = new Exposition()
  for (const measures of [BROKER, DATA_DIRECTORY]) exposition.declare(measures)
  for (const measures of [PARTITION, PARTITION_DISK, HOLDER]) exposition.declare(measures)
  for (const measures of [GROUP, GROUP_PARTITION]) exposition.declare(measures)
  for (const measures of [PRODUCER, CONSUMER, HANDLER, CLIENT]) exposition.declare(measures)

  addAll(exposition, BROKER, [], metrics)
  const { dataDirectory } = metrics
  if (dataDirectory !== null) addAll(exposition, DATA_DIRECTORY, [], dataDirectory)
  for (const { topic, partitions } of metrics.topics) {
    for (const partition of partitions) {
      const at = [topic, partition.partition]
      addAll(exposition, PARTITION, at, partition)
      const { disk, holder } = partition
      if (disk !== null) addAll(exposition, PARTITION_DISK, at, disk)
      if (holder === null) continue
      addAll(exposition, HOLDER, [...at, holder.groupId, holder.clientId], holder)
    }
  }
  for (const group of metrics.groups) {
    addAll(exposition, GROUP, [group.groupId], group)
    for (const at of group.partitions) {
      addAll(exposition, GROUP_PARTITION, [group.groupId, at.topic, at.partition], at)
    }
  }
  for (const client of metrics.clients.toSorted(byName)) addClient(exposition, client)
  return exposition.toString()
}

function addClient(exposition: Exposition, client: ClientMetrics): void {
  const { kind, clientId, groupId } = client
  if (kind === 'producer') addAll(exposition, PRODUCER, [clientId], client.metrics)
  else if (kind === 'consumer') addAll(exposition, CONSUMER, [clientId, groupId], client.metrics)
  else addAll(exposition, HANDLER, [clientId, groupId], client.metrics)
  addAll(exposition, CLIENT, [clientId, groupId, kind], client)
}

/** In the same order at every scrape, whichever thread has answered first. */
function byName(a: ClientMetrics, b: ClientMetrics): number {
  return (
    compare(a.clientId, b.clientId) ||
    compare(a.groupId ?? '', b.groupId ?? '') ||
    compare(a.kind, b.kind)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
