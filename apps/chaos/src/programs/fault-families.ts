import type { ActorSpec, AdminAction, FaultAction, Program } from './program.ts'

/** What can be asked for by name, and what it is. */
export const FAULT_FAMILIES = {
  kill: "partition workers' threads end, anywhere or at a step",
  pause: "partition workers' threads block",
  acks: 'acknowledgements are late, or never come',
  appends: 'batches are refused, or altered on their way',
  clients: 'threads of producers and consumers are terminated',
  broker: 'the thread that started the broker is terminated',
  rebalance: 'groups assign their partitions anew',
  topics: 'topics are deleted and made again, get partitions, lose records',
  groups: "groups' offsets are reset",
} as const

export type FaultFamily = keyof typeof FAULT_FAMILIES

const OF_FAULTS: Readonly<Record<FaultAction['do'], FaultFamily>> = {
  killWorker: 'kill',
  pauseWorker: 'pause',
  delayAcks: 'acks',
  dropAcks: 'acks',
  failAppends: 'appends',
  corruptBatch: 'appends',
  killThread: 'clients',
  rebalance: 'rebalance',
}

const OF_ADMINISTRATION: Readonly<Record<AdminAction['do'], FaultFamily | null>> = {
  recreate: 'topics',
  addPartitions: 'topics',
  deleteRecords: 'topics',
  resetGroup: 'groups',
  describe: null,
}

/** The program, without the faults of all other families. */
export function withFaults(program: Program, families: ReadonlySet<FaultFamily>): Program {
  const { broker, threads, administration, faults } = program
  return {
    ...program,
    broker: families.has('broker') ? broker : { ...broker, killAtMs: null },
    threads: threads.map((thread) => ({
      ...thread,
      killAtMs: families.has('clients') ? thread.killAtMs : null,
      actors: families.has('broker') ? thread.actors : thread.actors.map(impatient),
    })),
    administration: administration.filter((action) => {
      const family = OF_ADMINISTRATION[action.do]
      return family === null || families.has(family)
    }),
    faults: faults.filter((fault) => families.has(OF_FAULTS[fault.do])),
  }
}

/** Polls that wait for the end of the broker would wait for long where it does not end. */
function impatient(actor: ActorSpec): ActorSpec {
  if (actor.kind !== 'consumer') return actor
  const actions = actor.actions.map((action) =>
    action.do === 'poll' ? { ...action, timeoutMs: Math.min(action.timeoutMs, 100) } : action,
  )
  return { ...actor, actions }
}
