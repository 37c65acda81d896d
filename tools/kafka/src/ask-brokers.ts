import { Connection, findCoordinatorV6, metadataV12 } from '@platformatic/kafka'

const ASK_WITHIN_MS = 5_000
const GROUP = 0

/** A broker, as the cluster tells of it. */
export interface BrokerAddress {
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

/** The brokers of a cluster that are up, by the first of some servers that answers. */
export function brokersOf(servers: string): Promise<BrokerAddress[]> {
  return ask(servers, async (connection) => {
    const { brokers } = await metadataV12.api.async(connection, [], false, false)
    return brokers.map(({ nodeId, host, port }) => ({ nodeId, host, port }))
  })
}

/** The broker that keeps a group. */
export function coordinatorOf(servers: string, groupId: string): Promise<number> {
  return ask(servers, async (connection) => {
    const { coordinators } = await findCoordinatorV6.api.async(connection, GROUP, [groupId])
    return coordinators[0]!.nodeId
  })
}

/** @throws Error of the last server, where none answers. */
async function ask<T>(servers: string, what: (connection: Connection) => Promise<T>): Promise<T> {
  let last: unknown
  for (const server of servers.split(',')) {
    const [host, port] = server.split(':') as [string, string]
    const connection = new Connection('ringlog-kafka', {
      connectTimeout: ASK_WITHIN_MS,
      requestTimeout: ASK_WITHIN_MS,
    })
    connection.on('error', () => undefined)
    try {
      await connection.connect(host, Number(port))
      return await what(connection)
    } catch (error) {
      last = error
    } finally {
      await connection.close()
    }
  }
  throw last
}
