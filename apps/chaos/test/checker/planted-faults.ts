import type { AnomalyKind } from '../../src/checker/anomaly.ts'
import type { SimulatedHistory } from './simulated-history.ts'
import { append, appended, deliver, owned, steal, watched } from './simulated-scenes.ts'

/** What goes wrong somewhere in a simulated history. */
export interface PlantedFault {
  readonly kind: AnomalyKind
  readonly what: string
  /** Whether it shows only where every record of the topic was seen by somebody. */
  readonly isSeenWhole?: true
  /** @param who Which producer, partition or member it befalls. */
  readonly plant: (history: SimulatedHistory, who: number) => void
}

const CALL = { actor: 'c9', name: 'poll' } as const

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    kind: 'lost',
    what: 'a record that was acknowledged is not in the log',
    plant: (history, who) => {
      const [at, offset] = appended(history, who)
      history.holes.add(`${at.topic}-${at.partition}-${offset}`)
    },
  },
  {
    kind: 'lost',
    what: 'a record that was flushed is nowhere',
    isSeenWhole: true,
    plant: (history, who) => {
      history.flush(who)
      history.give(who, 't', 1)
      history.flush(who)
    },
  },
  {
    kind: 'lost',
    what: 'a record was overwritten before the group had it',
    plant: (history, who) => {
      const [at] = owned(history, who)
      deliver(history, at)
      append(history, who, at)
      at.logStartOffset = at.records.length
      append(history, who, at)
      history.poll(at, 1)
      history.commit(at)
    },
  },
  {
    kind: 'repeated',
    what: 'a record was appended twice',
    plant: (history, who) => {
      const [at, offset] = appended(history, who)
      at.records.push(at.records[offset]!)
    },
  },
  {
    kind: 'reordered',
    what: 'two records of a producer changed places',
    plant: (history, who) => {
      const at = history.partitions[who % 3]!
      at.isKept = true
      const [first, second] = history.give(who, at.topic, 2)
      at.records.push(second!, first!)
    },
  },
  {
    kind: 'changed',
    what: 'an offset has another record than was acknowledged',
    plant: (history, who) => {
      const [at, offset] = appended(history, who)
      const [other] = history.give(who, at.topic, 1)
      history.fail(other!, 'REQUEST_TIMED_OUT', true)
      at.records[offset] = other!
      deliver(history, at)
    },
  },
  {
    kind: 'changed',
    what: 'a record is not what anybody writes',
    plant: (history, who) => {
      const [at, offset] = appended(history, who)
      const { topic, partition } = at
      history.facts.push({
        type: 'garbled',
        actor: 'o#1',
        group: null,
        topic,
        partition,
        offset,
        text: '?',
      })
    },
  },
  {
    kind: 'never sent',
    what: 'a record appeared that nobody sent',
    plant: (history, who) => {
      const [at] = appended(history, who)
      at.records.push('p9#1:1')
    },
  },
  {
    kind: 'failed but appended',
    what: 'a record failed for certain, and is in the log',
    plant: (history, who) => {
      const [at] = appended(history, who)
      const [name] = history.give(who, at.topic, 1)
      at.records.push(name!)
      history.fail(name!, 'BUFFER_FULL', false)
    },
  },
  {
    kind: 'gap',
    what: 'a record is missing between two polls',
    plant: (history, who) => {
      const at = watched(history, who)
      history.poll(at, 1)
      history.poll(at, 1, [at.position + 1])
    },
  },
  {
    kind: 'gap',
    what: 'a record is missing within a poll',
    plant: (history, who) => {
      const at = watched(history, who)
      history.poll(at, 2, [at.position, at.position + 2])
    },
  },
  {
    kind: 'went back',
    what: 'a poll hands out again what the one before did',
    plant: (history, who) => {
      const at = watched(history, who)
      history.poll(at, 2, [at.position, at.position + 1])
      history.poll(at, 1, [at.position - 1])
    },
  },
  {
    kind: 'went back',
    what: 'a poll hands out its records backwards',
    plant: (history, who) => {
      const at = watched(history, who)
      history.poll(at, 2, [at.position, at.position + 1, at.position])
    },
  },
  {
    kind: 'two owners',
    what: 'the owner before is handed records in turns with the next',
    plant: (history, who) => {
      const [at, owner] = owned(history, who)
      history.poll(at, 1)
      const { position } = at
      steal(history, at, who)
      history.poll(at, 1)
      const next = { owner: at.owner, position: at.position }
      Object.assign(at, { owner, position })
      append(history, who, at)
      history.poll(at, 1)
      Object.assign(at, next)
      history.kill(owner)
    },
  },
  {
    kind: 'two owners',
    what: 'the owner before commits',
    plant: (history, who) => {
      const [at, owner] = owned(history, who)
      steal(history, at, who)
      history.commit(at, owner, at.committed)
      history.kill(owner)
    },
  },
  {
    kind: 'not told',
    what: 'a member is handed records of what it has given up',
    plant: (history, who) => {
      const [at, owner] = owned(history, who)
      at.position = Math.max(at.position, at.logStartOffset)
      history.tell('revoked', at)
      history.poll(at, 1)
      history.kill(owner)
    },
  },
  {
    kind: 'commit went back',
    what: 'a commit that was accepted is forgotten',
    plant: (history, who) => {
      const [at] = owned(history, who)
      deliver(history, at)
      history.commit(at)
      const { committed } = at
      at.committed--
      history.observe(at)
      at.committed = committed
    },
  },
  {
    kind: 'commit went back',
    what: 'the next owner begins before what was committed',
    plant: (history, who) => {
      const [at] = owned(history, who)
      deliver(history, at)
      history.commit(at)
      steal(history, at, who)
      at.position--
      history.poll(at, 1)
    },
  },
  {
    kind: 'committed beyond',
    what: 'more is committed than anybody was handed',
    plant: (history, who) => {
      const at = history.partitions[who % 2]!
      const { committed } = at
      at.committed = at.records.length + 1
      history.observe(at)
      at.committed = committed
    },
  },
  {
    kind: 'committed beyond',
    what: 'the next owner begins behind what the one before had not done',
    plant: (history, who) => {
      const [at, owner] = owned(history, who)
      deliver(history, at)
      append(history, who, at)
      append(history, who, at)
      history.poll(at, 1)
      const { position } = at
      steal(history, at, who)
      history.kill(owner)
      at.position = position
      history.poll(at, 1)
    },
  },
  {
    kind: 'log went back',
    what: 'an end that was told is taken back',
    plant: (history, who) => {
      const at = history.partitions[who % 3]!
      history.ends(at, 0, 1)
      history.ends(at)
      append(history, who, at)
    },
  },
  {
    kind: 'log went back',
    what: 'a start that was told is taken back',
    plant: (history, who) => {
      const at = history.partitions[who % 3]!
      history.ends(at, 1)
      history.ends(at)
    },
  },
  {
    kind: 'never settles',
    what: 'a call has no end',
    plant: ({ facts }) => facts.push({ type: 'began', ...CALL, call: 'x', deadlineMs: 0 }),
  },
  {
    kind: 'forgotten',
    what: 'a promise is pending after flush',
    plant: ({ facts }) =>
      facts.push({ type: 'forgotten', actor: 'p0#1', after: 'flush', count: 1 }),
  },
  {
    kind: 'left behind',
    what: 'a thread is kept alive',
    plant: ({ facts }) => facts.push({ type: 'lingers', name: 'thread-1', resources: ['Timeout'] }),
  },
  {
    kind: 'unexpected error',
    what: 'a call fails with what it must not fail with',
    plant: ({ facts }) => {
      const error = 'CORRUPT_MESSAGE'
      facts.push({ type: 'ended', ...CALL, call: 'y', error, message: 'no' })
    },
  },
]
