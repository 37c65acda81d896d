import { Consumer, type ConsumerRecord, type TopicPartition } from 'ringlog'
import type { ConsumerAction, ConsumerSpec } from '../programs/program.ts'
import {
  LoopTurns,
  firstOpening,
  isFinal,
  pause,
  sleep,
  type ActorContext,
} from './actor-context.ts'
import { assignorModule } from './assignor-module.ts'
import { Calls, type Outcome } from './calls.ts'
import { HandedRecords } from './handed-records.ts'
import { RebalanceRecorder, type Member } from './rebalance-recorder.ts'

/** How long a call may take that waits for nothing but the controller, or a listener. */
const CALL_LIMIT_MS = 1_000

type Action<Name extends ConsumerAction['do']> = Extract<ConsumerAction, { do: Name }>

/** Runs a consumer: its actions in order, again and again. */
export class ConsumerActor {
  readonly #spec: ConsumerSpec
  readonly #context: ActorContext
  readonly #calls: Calls
  #opened: number
  #member!: Member
  #handed!: HandedRecords
  #recorder: RebalanceRecorder | null = null
  #assignmentWritten = ''
  #actions = 0
  /** Whether it has still to assign what it reads. */
  #isToAssign = false

  constructor(spec: ConsumerSpec, context: ActorContext) {
    this.#spec = spec
    this.#context = context
    this.#calls = new Calls(context.history, spec.name)
    this.#opened = firstOpening(context.life)
  }

  async run(): Promise<void> {
    const { actions, end } = this.#spec
    await this.#open()
    const turns = new LoopTurns()
    while (!this.#context.isOver()) {
      if (this.#isToAssign) {
        await sleep(5)
        await this.#begin()
        if (this.#isToAssign) continue
      }
      const action = actions[this.#actions++ % actions.length]!
      const code = await this.#act(action)
      if (code !== null && isFinal(code)) break
      this.#writeAssignment()
      await turns.pass()
    }
    if (end === 'unsubscribe' && 'topics' in this.#spec.reads) await this.#unsubscribe()
    if (end !== 'leave') await this.#close()
  }

  async #open(): Promise<void> {
    const actor = `${this.#spec.name}#${this.#opened++}`
    const { config } = this.#spec
    const group = config.groupId ?? null
    const consumer = new Consumer(this.#context.client, {
      ...config,
      assignor: assignorModule(config.assignor),
      clientId: actor,
      onRecordsMissed: (at, count) => {
        this.#context.history.write({ type: 'missed', actor, group, ...at, count })
      },
    })
    this.#member = { actor, group, consumer }
    this.#handed = new HandedRecords(this.#context, this.#member)
    this.#assignmentWritten = '[]'
    await this.#begin()
  }

  /** Subscribes, or assigns what the program says. */
  async #begin(): Promise<void> {
    const { reads, listener } = this.#spec
    const { consumer } = this.#member
    if ('topics' in reads) {
      const handed = this.#handed
      const recorder = new RebalanceRecorder(
        this.#member,
        listener,
        this.#context,
        this.#calls,
        (partitions) => handed.forget(partitions),
      )
      this.#recorder = recorder
      await this.#call('subscribe', () => consumer.subscribe([...reads.topics], recorder))
    } else {
      const assigned = await this.#call('assign', () => consumer.assign([...reads.partitions]))
      this.#handed.forget(reads.partitions) // their topic may have been made again
      this.#isToAssign = assigned.kind === 'failed' // its topic is away
    }
  }

  /** @returns The code that it failed with; `null`: it succeeded. */
  async #act(action: ConsumerAction): Promise<string | null> {
    const { consumer, actor, group } = this.#member
    switch (action.do) {
      case 'poll':
        return this.#poll(action)
      case 'iterate':
      case 'stream':
        return this.#iterate(action)
      case 'commit':
        return group === null ? null : codeOf(await this.#call('commit', () => consumer.commit()))
      case 'observe':
        return this.#observe()
      case 'resubscribe':
        await this.#unsubscribe()
        await this.#begin()
        break
      case 'reopen':
        await this.#close()
        await this.#open()
        break
      case 'pause':
        consumer.pause(this.#some())
        break
      case 'resume':
        consumer.resume(consumer.paused())
        break
      case 'seekBack':
        return this.#seekBack(action.by)
      case 'commitBack':
        return this.#commitBack(action.by)
      case 'seekToBeginning':
      case 'seekToEnd':
        for (const { topic, partition } of consumer.assignment()) {
          this.#context.history.write({ type: 'moved', actor, group, topic, partition })
        }
        return codeOf(await this.#call(action.do, () => consumer[action.do]()))
      case 'interrupt':
        return this.#interrupt(action)
      case 'sleep':
      case 'block':
        await pause(action)
        break
    }
    return null
  }

  async #poll({ timeoutMs, walk, commit, isSync }: Action<'poll'>): Promise<string | null> {
    const { consumer } = this.#member
    const limitMs = timeoutMs + this.#listenersMs()
    const polled = isSync
      ? this.#calls.makeSync('pollSync', limitMs, () => consumer.pollSync({ timeoutMs }))
      : await this.#calls.make('poll', limitMs, () => consumer.poll({ timeoutMs }))
    if (isSync) await sleep(0) // a rebalance needs the event loop
    if (polled.kind !== 'answered') return codeOf(polled)
    this.#handed.polled(consumer, polled.value, walk, polled.since)
    return this.#commit(commit, isSync)
  }

  async #iterate({ do: manner, count, commit, timeoutMs }: Action<'iterate' | 'stream'>) {
    const { consumer } = this.#member
    const records: AsyncIterable<ConsumerRecord> =
      manner === 'iterate' ? consumer : consumer.toReadable()
    const iterator = records[Symbol.asyncIterator]()
    let code: string | null = null
    for (let i = 0; i < count && code === null; i++) {
      const timer = setTimeout(() => consumer.wakeup(), timeoutMs)
      const limitMs = timeoutMs + this.#listenersMs()
      const next = await this.#calls.make(`next of ${manner}`, limitMs, () => iterator.next())
      clearTimeout(timer)
      if (next.kind !== 'answered') return codeOf(next)
      if (next.value.done === true) return 'CONSUMER_CLOSED'
      this.#handed.one(next.value.value, next.since)
      code = await this.#commit(commit, false)
    }
    await this.#call(`return of ${manner}`, async () => iterator.return?.())
    return code
  }

  async #commit(which: 'none' | 'all' | 'done', isSync: boolean): Promise<string | null> {
    const { consumer, actor, group } = this.#member
    if (group === null || which === 'none') return null
    const offsets = which === 'done' ? this.#handed.takeOffsets() : undefined
    if (offsets !== undefined) {
      if (offsets.length === 0) return null
      this.#context.history.write({ type: 'committing', actor, group, offsets })
    }
    const committed = isSync
      ? this.#calls.makeSync('commitSync', 0, () => consumer.commitSync(offsets))
      : await this.#call('commit', () => consumer.commit(offsets))
    if (committed.kind === 'answered' && offsets !== undefined) {
      this.#context.history.write({ type: 'committed', actor, group, offsets })
    }
    return codeOf(committed)
  }

  async #observe(): Promise<string | null> {
    const { consumer, group } = this.#member
    const [at] = this.#some()
    if (group === null || at === undefined) return null
    const committed = await this.#call('committed', () => consumer.committed(at))
    if (committed.kind !== 'answered') return codeOf(committed)
    if (committed.value === null) return null
    const { value: offset, since } = committed
    this.#context.history.write({ type: 'observed', group, since, ...at, offset })
    return null
  }

  async #seekBack(by: number): Promise<string | null> {
    const { consumer, actor, group } = this.#member
    const [at] = this.#some()
    if (at === undefined) return null
    this.#context.history.write({ type: 'moved', actor, group, ...at })
    const sought = this.#calls.makeSync('seek', 0, () =>
      consumer.seek(at, Math.max(0, consumer.position(at) - by)),
    )
    const starts = await this.#call('beginningOffsets', () => consumer.beginningOffsets([at]))
    if (starts.kind === 'answered') {
      const logStartOffset = starts.value[0]!.offset
      this.#context.history.write({ type: 'sought', actor, group, ...at, logStartOffset })
    }
    return codeOf(sought)
  }

  async #commitBack(by: number): Promise<string | null> {
    const { consumer, actor, group } = this.#member
    const [at] = this.#some()
    if (group === null || at === undefined) return null
    const offsets = [{ ...at, offset: Math.max(0, consumer.position(at) - by) }]
    this.#context.history.write({ type: 'committing', actor, group, offsets })
    const committed = await this.#call('commit', () => consumer.commit(offsets))
    if (committed.kind === 'answered') {
      this.#context.history.write({ type: 'committed', actor, group, offsets })
    }
    return codeOf(committed)
  }

  async #interrupt({ by, afterMs, timeoutMs }: Action<'interrupt'>): Promise<string | null> {
    const { consumer, group } = this.#member
    const polling = this.#poll({
      do: 'poll',
      timeoutMs,
      walk: 'iterate',
      commit: 'none',
      isSync: false,
    })
    await sleep(afterMs)
    if (by === 'wakeup') consumer.wakeup()
    else if (by === 'commit' && group !== null) {
      await this.#call('commit', () => consumer.commit())
    } else if (by === 'close') await this.#close()
    else if (by === 'unsubscribe') await this.#unsubscribe()
    const code = await polling
    if (by === 'close') {
      await this.#open()
      return null
    }
    if (by !== 'unsubscribe') return code
    await this.#begin()
    return code === 'INVALID_STATE' ? null : code
  }

  async #unsubscribe(): Promise<void> {
    const { consumer, actor, group } = this.#member
    const code = codeOf(await this.#call('unsubscribe', () => consumer.unsubscribe()))
    // A broker that ends meanwhile leaves it what it has; whatever else it keeps is a fault.
    if (code === 'BROKER_CLOSED' && consumer.assignment().length > 0) return
    this.#context.history.write({ type: 'left', actor, group })
  }

  async #close(): Promise<void> {
    const { consumer, actor, group } = this.#member
    await this.#call('close', () => consumer.close())
    this.#context.history.write({ type: 'left', actor, group })
  }

  #call<T>(name: string, call: () => Promise<T>): Promise<Outcome<T>> {
    return this.#calls.make(name, CALL_LIMIT_MS + this.#listenersMs(), call)
  }

  /** How long the listener may take while a call waits for it. */
  #listenersMs(): number {
    return 3 * this.#spec.listener.slowMs
  }

  /** One of its partitions, another each time. */
  #some(): TopicPartition[] {
    const partitions = this.#member.consumer.assignment()
    return partitions.length === 0 ? [] : [partitions[this.#actions % partitions.length]!]
  }

  #writeAssignment(): void {
    if (this.#recorder?.isRunning === true) return
    const { consumer, actor, group } = this.#member
    const partitions = consumer.assignment()
    const text = JSON.stringify(partitions)
    if (text === this.#assignmentWritten) return
    this.#assignmentWritten = text
    this.#context.history.write({ type: 'assignment', actor, group, partitions })
  }
}

function codeOf(outcome: Outcome<unknown>): string | null {
  return outcome.kind === 'failed' ? outcome.code : null
}
