import type { API } from '@platformatic/kafka'
import type { Kafka } from '../load-kafka.ts'

/** One version of one of Kafka's requests: how it is written, and how its response is read. */
export type ClusterApi<Args extends unknown[], Response> = API<Args, Response>

/**
 * The versions of a request that the package has modules for, from the newest down.
 *
 * @param newest Its type is that of all: of older ones, the response may lack fields.
 * @param name As the modules' names begin: `metadata` for `metadataV12`.
 */
export function versionsOf<Args extends unknown[], Response>(
  kafka: Kafka,
  newest: ClusterApi<Args, Response>,
  name: string,
  oldest: number,
): ReadonlyArray<ClusterApi<Args, Response>> {
  const modules = kafka as unknown as Record<
    string,
    { api: ClusterApi<Args, Response> } | undefined
  >
  const versions: Array<ClusterApi<Args, Response>> = []
  for (let version = newest.version; version >= oldest; version--) {
    const api = modules[`${name}V${version}`]?.api
    if (api !== undefined) versions.push(api)
  }
  return versions
}
