/** Counts what a thread has, when a channel asks for it. */
import { BroadcastChannel } from 'node:worker_threads'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { getHeapSnapshot, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** On this channel `Question`s are asked; each thread answers with a `Census`. */
export const CENSUS_CHANNEL = 'census'
/** `garbage`: to collect it, and to count nothing. */
export type Question = 'garbage' | 'handles and objects'

/** What is alive in a thread. */
export interface Census {
  readonly thread: string
  /** Ports, timers and so on, by kind. */
  readonly handles: Counts
  /** Objects, by the name of their class. */
  readonly objects: Counts
}

export type Counts = Readonly<Record<string, number>>

/** Has the thread answer on the channel, which does not keep it alive. */
export function answerCensus(thread: string): void {
  const channel = new BroadcastChannel(CENSUS_CHANNEL)
  channel.addEventListener('message', (event) => {
    const { data } = event as unknown as { data: Question | Census }
    if (data === 'garbage' || data === 'handles and objects') void answer(thread, data, channel)
  })
  channel.unref()
}

/** Collects all that can be: what has just been closed is let go of a little later. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let i = 0; i < 3; i++) {
    collect()
    await setTimeout(10)
  }
}

async function answer(
  thread: string,
  question: Question,
  channel: BroadcastChannel,
): Promise<void> {
  await collectGarbage()
  const handles = countBy(process.getActiveResourcesInfo().filter((kind) => kind !== 'Timeout'))
  const objects = question === 'garbage' ? {} : await countObjects()
  channel.postMessage({ thread, handles, objects } satisfies Census)
}

interface Snapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: string[]; readonly node_types: [string[]] }
  }
  readonly nodes: readonly number[]
  readonly strings: readonly string[]
}

async function countObjects(): Promise<Counts> {
  const { snapshot, nodes, strings } = JSON.parse(await text(getHeapSnapshot())) as Snapshot
  const { node_fields: fields, node_types: types } = snapshot.meta
  const objectType = types[0].indexOf('object')
  const nameField = fields.indexOf('name')
  const names: string[] = []
  for (let i = 0; i < nodes.length; i += fields.length) {
    if (nodes[i] === objectType) names.push(strings[nodes[i + nameField]!]!)
  }
  return countBy(names)
}

function countBy(names: readonly string[]): Counts {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
