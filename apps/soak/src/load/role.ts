import type { BrokerAddress } from 'ringlog'

/** What a thread of the load does until it is killed, or told to end. */
export type Role =
  | {
      readonly kind: 'producer'
      readonly transport: 'rpc' | 'shared'
      readonly topics: readonly string[]
    }
  | { readonly kind: 'member'; readonly groupId: string; readonly topic: string }
  /** A consumer without a group, of a topic that evicts, is compacted, or which it reads too slowly: there may be gaps. */
  | { readonly kind: 'reader'; readonly topic: string; readonly isSlow: boolean }

/** Of a load thread: its `workerData`. */
export interface LoadThreadStart {
  readonly role: Role
  readonly address: BrokerAddress
  readonly tallies: SharedArrayBuffer
  readonly recordsPerSecond: number
}

export function nameOf(role: Role): string {
  if (role.kind === 'producer') return `producer (${role.transport})`
  return role.kind === 'member' ? `member of ${role.groupId}` : `reader of ${role.topic}`
}
