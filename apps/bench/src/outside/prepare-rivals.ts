import type { OutsideRival, Scenario } from '../define-scenario.ts'
import { DISRUPTOR_LIBRARIES } from './disruptor-libraries.ts'
import { KAFKA_LIBRARIES } from './kafka-libraries.ts'
import { RedisServer } from './redis-server.ts'

/** What says whether this machine has a rival, and fetches what is missing. */
const PREPARED_BY: Readonly<Record<OutsideRival, { prepare(): Promise<string | null> }>> = {
  disruptor: DISRUPTOR_LIBRARIES,
  kafka: KAFKA_LIBRARIES,
  redis: RedisServer,
}

export const OUTSIDE_RIVALS = Object.keys(PREPARED_BY) as OutsideRival[]

/** Fetches what the chosen scenarios need. Those that this machine cannot run are left out, with a line each. */
export async function withoutMissingRivals<Chosen extends { readonly scenario: Scenario }>(
  chosen: readonly Chosen[],
  prepare: (rival: OutsideRival) => Promise<string | null> = (rival) =>
    PREPARED_BY[rival].prepare(),
): Promise<Chosen[]> {
  const needed = new Set(chosen.flatMap(({ scenario }) => scenario.outside ?? []))
  const missing = new Set<OutsideRival>()
  for (const rival of needed) {
    const reason = await prepare(rival)
    if (reason === null) continue
    console.error(`${rival} is skipped: ${reason}`)
    missing.add(rival)
  }
  return chosen.filter(({ scenario: { name, outside, packages = [] } }) => {
    if (outside !== undefined && missing.has(outside)) return false
    if (packages.every(isInstalled)) return true
    console.error(`${name} is skipped: npm install ${packages.join(' ')}`)
    return false
  })
}

function isInstalled(packageName: string): boolean {
  try {
    import.meta.resolve(packageName)
    return true
  } catch {
    return false
  }
}
