import { systemClock } from '@ringlog/core/internal'
import { expect, test } from 'vitest'
import { resolveClusterConfig } from '../../src/cluster-config.ts'
import { BrokerLane } from '../../src/connection/broker-lane.ts'
import { loadKafka } from '../../src/load-kafka.ts'

test('a lane that is closed lets go who waits for its next attempt', async () => {
  const [bootstrapServers, retryBackoffMs] = ['127.0.0.1:1', 600_000]
  const config = resolveClusterConfig({ bootstrapServers, retryBackoffMs })
  const parts = { kafka: await loadKafka(), config, requestTimeoutMs: 1_000 }
  const at = config.bootstrapServers[0]!
  const lane = new BrokerLane(at, parts, systemClock, () => undefined)
  await expect(lane.connection({})).rejects.toMatchObject({ code: 'NETWORK_EXCEPTION' })
  const waiting = lane.connection({})
  lane.close()
  await expect(waiting).rejects.toMatchObject({
    message: 'the connection to broker 127.0.0.1:1 is closed',
  })
})
