import { connect, type BrokerAddress, type LogClient } from 'ringlog'
import { connectCluster } from 'ringlog/cluster'

/** A client, in a thread that a test has started, of the test's log. */
export async function connectThread(address?: BrokerAddress): Promise<LogClient> {
  const bootstrapServers = process.env['RINGLOG_TEST_CLUSTER']
  return bootstrapServers === undefined
    ? connect(address)
    : connectCluster({ bootstrapServers, retryBackoffMs: 20 })
}
