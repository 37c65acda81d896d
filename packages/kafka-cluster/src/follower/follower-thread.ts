/** The entry of the thread that follows a partition of a cluster. `FollowerHost` starts it, with a `FollowerStart`. */
import { serveRpc } from '@ringlog/core/internal'
import { workerData } from 'node:worker_threads'
import { Cluster } from '../cluster.ts'
import { loadKafka } from '../load-kafka.ts'
import type { FollowerControl, FollowerStart } from './follower-messages.ts'
import { PartitionFollower } from './partition-follower.ts'

const start = workerData as FollowerStart
const cluster = new Cluster(await loadKafka(), start.config)
const follower = new PartitionFollower(cluster, start)
const service: FollowerControl = {
  openReader: (reader) => follower.openReader(reader),
  closeReader: (readerId) => follower.closeReader(readerId),
  close: () => follower.close(),
}
serveRpc(start.port, service)
await follower.run()
start.port.close()
cluster.close()
