/** The entry of the thread that keeps memberships of groups. `GroupThreadHost` starts it, with a `GroupThreadStart`. */
import { serveRpc } from '@ringlog/core/internal'
import { workerData, type MessagePort } from 'node:worker_threads'
import { Cluster } from '../cluster.ts'
import type { ResolvedClusterConfig } from '../cluster-config.ts'
import { loadKafka } from '../load-kafka.ts'
import { LocalMemberKeeper } from './local-member-keeper.ts'
import type { MemberKeeper } from './member-call.ts'

/** What the thread begins with. */
export interface GroupThreadStart {
  readonly config: ResolvedClusterConfig
  /** Calls of a `MemberKeeper` arrive here. */
  readonly port: MessagePort
}

const { config, port } = workerData as GroupThreadStart
const keeper = new LocalMemberKeeper(new Cluster(await loadKafka(), config))
const service: MemberKeeper = {
  join: (call) => keeper.join(call),
  reconcile: (memberId, released) => keeper.reconcile(memberId, released),
  changeSubscription: (memberId, subscription) => keeper.changeSubscription(memberId, subscription),
  leave: (memberId) => keeper.leave(memberId),
  close: () => keeper.close(),
}
serveRpc(port, service)
