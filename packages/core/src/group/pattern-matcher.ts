import vm from 'node:vm'
import { monotonicMs } from '../concurrent/clock.ts'
import { RinglogError } from '../errors/ringlog-error.ts'
import type { GroupSubscription } from '../protocol/group-membership.ts'
import { TopicFilter } from './topic-filter.ts'

/** How much of this thread's time a pattern may take for the names of one `select`. */
const MATCH_LIMIT_MS = 200
/** On a machine that is too busy to run this thread, a try says nothing: so many are made at the most. */
const MAX_TRIES = 5
/** For so long a pattern that took longer is refused without another try. */
const REFUSED_FOR_MS = 10_000

/**
 * What runs in a context can be ended from outside, also in the middle of a regular expression. `null`: this thread
 * has held no pattern against names yet.
 */
let context: MatchContext | null = null

interface MatchContext {
  readonly names: { matches: ((name: string) => boolean) | null; all: readonly string[] }
  readonly script: vm.Script
}

/** By pattern: until when it is refused. */
const refusedUntilMs = new Map<string, number>()

/**
 * Selects the existing topics that a member subscribes to. A user's pattern may take for ever on some
 * names, and the thread that looks serves other members as well: a pattern that takes too long is refused. Each
 * name is matched once, when the topic comes.
 *
 * Thread: one that serves groups: the controller's, or that which keeps memberships of a cluster.
 */
export class PatternMatcher {
  readonly #filter: TopicFilter
  /** Of the names that there were at last: whether the filter has them. */
  #known = new Map<string, boolean>()

  constructor(filter: TopicFilter) {
    this.#filter = filter
  }

  /**
   * Those of all that exist which the filter has, in alphabetical order.
   *
   * @throws RinglogError INVALID_REQUEST when its pattern takes longer than 200 ms.
   */
  select(allTopics: Iterable<string>): string[] {
    const all = [...allTopics]
    const added = all.filter((name) => !this.#known.has(name))
    const matching = new Set(this.#matching(added))
    this.#known = new Map(all.map((name) => [name, this.#known.get(name) ?? matching.has(name)]))
    return all.filter((name) => this.#known.get(name)).sort()
  }

  #matching(added: readonly string[]): readonly string[] {
    const { pattern } = this.#filter
    if (pattern === null) return added.filter((name) => this.#filter.has(name))
    return added.length === 0 ? added : matchWithin(pattern, added)
  }
}

/** What a member that has subscribed so has of the topics that there are. */
export function matcherOf(subscription: GroupSubscription): PatternMatcher {
  const filter = 'pattern' in subscription ? subscription.pattern : subscription.topics
  return new PatternMatcher(new TopicFilter(filter))
}

function matchWithin(pattern: RegExp, all: readonly string[]): readonly string[] {
  const shown = String(pattern)
  const nowMs = monotonicMs()
  for (const [refused, untilMs] of refusedUntilMs) {
    if (untilMs <= nowMs) refusedUntilMs.delete(refused)
  }
  if (refusedUntilMs.has(shown)) throw tooSlow(shown)
  context ??= newContext()
  const { names, script } = context
  Object.assign(names, { all, matches: (name: string) => pattern.test(name) })
  try {
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const startMs = threadMs()
      const matching = tryMatch(script, names)
      if (matching !== null) return matching
      if (threadMs() - startMs > MATCH_LIMIT_MS / 2) break
    }
  } finally {
    Object.assign(names, { all: [], matches: null })
  }
  refusedUntilMs.set(shown, nowMs + REFUSED_FOR_MS)
  throw tooSlow(shown)
}

function newContext(): MatchContext {
  const names = vm.createContext({ matches: null, all: [] }) as MatchContext['names']
  return { names, script: new vm.Script('all.filter((name) => matches(name))') }
}

/** `null`: it was ended at the limit. */
function tryMatch(script: vm.Script, names: vm.Context): string[] | null {
  try {
    return script.runInContext(names, { timeout: MATCH_LIMIT_MS }) as string[]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    return null
  }
}

/** How long this thread has run; 0 on a Node.js that cannot tell (before 23.9): then every try is made. */
function threadMs(): number {
  const usage = (process as Partial<Pick<NodeJS.Process, 'threadCpuUsage'>>).threadCpuUsage?.()
  return usage === undefined ? 0 : (usage.user + usage.system) / 1000
}

function tooSlow(pattern: string): RinglogError {
  return new RinglogError(
    'INVALID_REQUEST',
    `pattern ${pattern} takes longer than ${MATCH_LIMIT_MS} ms to be held against the topics' names: ` +
      'subscribe with one that does not try so many ways, or with a list of topics',
    { details: { pattern, limitMs: MATCH_LIMIT_MS } },
  )
}
