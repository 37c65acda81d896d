import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Broker, ConsumerPool, type TopicPartition } from 'ringlog'
import { parseCommandLine } from './command-line.ts'
import { judgeCompacted } from './compacted-topic.ts'
import { Disturbances } from './disturb.ts'
import { Cast } from './load/cast.ts'
import type { Role } from './load/role.ts'
import { Tallies } from './load/tallies.ts'
import { moduleBeside } from './module-beside.ts'
import { chartPage } from './report/chart-page.ts'
import { Sampler, type Sample } from './sample.ts'
import { BLOCKING, COMPACTED, EVICTING, POOLED, makeTopics } from './topics.ts'
import { judge, type Judgement } from './verdict.ts'

const FOLDER = fileURLToPath(new URL('../soaks/', import.meta.url))
const GROUPS = [
  [BLOCKING, 'members'],
  [POOLED, 'pool'],
] as const
const SAMPLE_MS = 1_000
/** After so many there is no point in going on. */
const MAX_ERRORS = 20

/**
 * What `npm run soak` does.
 *
 * @param args The command line, without the program's own name.
 * @returns Whether every promise was kept.
 */
export async function runSoak(args: readonly string[]): Promise<boolean> {
  const { minutes, recordsPerSecond, isOnDisk, leak, out } = parseCommandLine(args)
  const folder = out ?? FOLDER
  await mkdir(folder, { recursive: true })
  const tallies = new Tallies()
  const errors: string[] = []
  // Workers are killed: that the broker tells of each is as it should be.
  const dataDirectory = isOnDisk ? await mkdtemp(join(tmpdir(), 'ringlog-soak-')) : undefined
  const broker = await Broker.start({ dataDirectory, onError: () => undefined })
  const topics = await makeTopics(broker, isOnDisk)
  const cast = new Cast(broker.address, tallies, recordsPerSecond)
  const pool = await ConsumerPool.start(broker, {
    groupId: 'pool',
    topics: [POOLED],
    threads: 2,
    handler: moduleBeside('./load/count-handled', import.meta.url),
    data: tallies.memory,
    onError: (error) => {
      if (error.details['isFatal'] === true) errors.push(`pool: ${error.message}`)
    },
  })
  const roles: Role[] = [
    { kind: 'member', groupId: 'members', topic: BLOCKING },
    { kind: 'producer', transport: 'shared', topics },
    { kind: 'member', groupId: 'members', topic: BLOCKING },
    { kind: 'producer', transport: 'rpc', topics },
    { kind: 'reader', topic: EVICTING, isSlow: isOnDisk },
  ]
  if (isOnDisk) roles.push({ kind: 'reader', topic: COMPACTED, isSlow: true })
  for (const role of roles) await cast.start(role)

  const partitions = await partitionsOf(broker, topics)
  const disturbances = new Disturbances(broker, cast, partitions, ['members', 'pool'])
  const sampler = new Sampler(broker, tallies, GROUPS)
  const samples: Sample[] = []
  console.log(`${minutes} minutes, ${recordsPerSecond} records/s from each of 2 producers`)
  const leaked: Buffer[] = []
  while ((samples.at(-1)?.second ?? 0) < minutes * 60) {
    await setTimeout(SAMPLE_MS)
    // What nothing was written to would not be in memory.
    if (leak > 0) leaked.push(Buffer.alloc(Math.ceil((leak * 2 ** 20 * SAMPLE_MS) / 60_000), 1))
    try {
      const sample = await sampler.take()
      const isNewMinute = minuteOf(sample) > minuteOf(samples.at(-1))
      samples.push(sample)
      if (isNewMinute) show(sample)
      disturbances.tick(sample.second)
    } catch (error) {
      errors.push(`sample: ${String(error)}`)
      if (errors.length >= MAX_ERRORS) break
    }
  }
  await disturbances.settled()
  const late = await cast.end()
  await pool.close()
  const compacted = isOnDisk ? await judgeCompacted(broker, samples) : []
  await broker.close()
  if (dataDirectory !== undefined) await rm(dataDirectory, { recursive: true })

  const judgements = [
    ...judge(samples),
    ...compacted,
    ...judgeThreads(tallies, [...cast.errors, ...disturbances.errors, ...errors], late),
  ]
  const name = `soak-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
  const figures = {
    minutes,
    recordsPerSecond,
    judgements,
    disturbances: disturbances.done,
    samples,
  }
  await writeFile(join(folder, `${name}.json`), JSON.stringify(figures))
  await writeFile(join(folder, `${name}.html`), chartPage(figures))
  for (const { what, isKept, facts } of judgements) {
    console.log(`${isKept ? 'kept  ' : 'BROKEN'}  ${what}: ${facts}`)
  }
  console.log(`${disturbances.done.length} disturbances; ${join(folder, `${name}.html`)}`)
  return judgements.every(({ isKept }) => isKept)
}

async function partitionsOf(broker: Broker, topics: readonly string[]): Promise<TopicPartition[]> {
  const partitions: TopicPartition[] = []
  for (const topic of topics) {
    const description = await broker.describeTopic(topic)
    partitions.push(...description.partitions.map(({ partition }) => ({ topic, partition })))
  }
  return partitions
}

function judgeThreads(tallies: Tallies, errors: string[], late: string[]): Judgement[] {
  const outOfOrder = tallies.count('outOfOrder')
  return [
    { what: 'offsets in order', isKept: outOfOrder === 0, facts: `${outOfOrder} were not` },
    {
      what: 'no thread ends by an error',
      isKept: errors.length === 0,
      facts: errors.slice(0, 3).join('\n') || 'none did',
    },
    { what: 'threads end when told', isKept: late.length === 0, facts: late.join(', ') || 'all' },
  ]
}

function minuteOf(sample: Sample | undefined): number {
  return Math.floor((sample?.second ?? 0) / 60)
}

function show({ second, rssBytes, threads, lag, acknowledged, consumed, diskBytes }: Sample): void {
  console.log(
    `${String(Math.floor(second / 60)).padStart(4)} min: RSS ${(rssBytes / 2 ** 20).toFixed(0)} MiB, ` +
      `${threads} threads, lag ${lag}, ${acknowledged}/s acknowledged, ${consumed}/s consumed` +
      (diskBytes === 0 ? '' : `, ${(diskBytes / 2 ** 20).toFixed(0)} MiB on disk`),
  )
}
