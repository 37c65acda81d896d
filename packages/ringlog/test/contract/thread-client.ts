import { connect, type BrokerAddress, type LogClient } from 'ringlog'
import { connectCluster } from 'ringlog/cluster'
import { CLUSTER, configOf } from './tested-cluster.ts'

/** A client, in a thread that a test has started, of the test's log. */
export async function connectThread(address?: BrokerAddress): Promise<LogClient> {
  return CLUSTER === null ? connect(address) : connectCluster(configOf(CLUSTER))
}
