import { RinglogError, systemClock } from '@ringlog/core/internal'
import { expect, onTestFinished, test } from 'vitest'
import { resolveClusterConfig } from '../../src/cluster-config.ts'
import { versionsOf } from '../../src/connection/cluster-api.ts'
import { ANY_NODE, ClusterConnections } from '../../src/connection/cluster-connections.ts'
import { loadKafka } from '../../src/load-kafka.ts'
import { playedBroker } from '../played-broker.ts'

test('what may wait for long is not ended with what may not, on the same lane', async () => {
  const kafka = await loadKafka()
  const bootstrapServers = await playedBroker(12, 3, true)
  const config = resolveClusterConfig({ bootstrapServers, requestTimeoutMs: 200 })
  const connections = new ClusterConnections(kafka, config, systemClock)
  onTestFinished(() => connections.close(new RinglogError('BROKER_CLOSED')))
  const apis = versionsOf(kafka, kafka.metadataV12.api, 'metadata', 4)
  const ask = (longestWaitMs: number): Promise<string> =>
    connections
      .request(ANY_NODE, apis, [[], false, false], { lane: 'group', longestWaitMs })
      .then(() => 'answered')
      .catch((error: RinglogError) => error.message)
  expect(await ask(0)).toMatch('did not answer within 200 ms')
  const long = ask(60_000)
  expect(await ask(0)).toMatch('did not answer within 200 ms')
  expect(await Promise.race([long, Promise.resolve('waits')])).toBe('waits')
})

test('the connection to a broker that the cluster tells of no more is closed, too', async () => {
  const kafka = await loadKafka()
  const bootstrapServers = await playedBroker(12, 3, true)
  const config = resolveClusterConfig({ bootstrapServers, requestTimeoutMs: 60_000 })
  const connections = new ClusterConnections(kafka, config, systemClock)
  onTestFinished(() => connections.close(new RinglogError('BROKER_CLOSED')))
  connections.setNodes(new Map([[7, config.bootstrapServers[0]!]]))
  const apis = versionsOf(kafka, kafka.metadataV12.api, 'metadata', 4)
  await connections.connect(7, { lane: 'producer 1' })
  const asked = connections.request(7, apis, [[], false, false], { lane: 'producer 1' })
  connections.setNodes(new Map())
  connections.closeLane(7, 'producer 1')
  await expect(asked).rejects.toMatchObject({ code: 'NETWORK_EXCEPTION' })
})
