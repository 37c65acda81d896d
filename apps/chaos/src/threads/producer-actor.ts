import { Producer, RinglogError, type ProducerRecord } from 'ringlog'
import type { ProducerAction, ProducerSpec } from '../programs/program.ts'
import { LoopTurns, firstOpening, isFinal, pause, type ActorContext } from './actor-context.ts'
import { Calls, PlannedFailure, errorCode, errorMessage } from './calls.ts'
import { recordKey, recordName, recordValue } from './record-value.ts'

/** How often a producer's listener calls it again, so that failures do not go on for ever. */
const MAX_REACTIONS = 50

type WritingAction = Extract<ProducerAction, { do: 'send' | 'write' | 'tryWrite' }>

/** Runs a producer: its actions in order, again and again. */
export class ProducerActor {
  readonly #spec: ProducerSpec
  readonly #context: ActorContext
  readonly #calls: Calls
  /** How long any of its records may take. */
  readonly #recordLimitMs: number
  #opened: number
  #name = ''
  #producer!: Producer
  #given = 0
  /** The last record that was given before the last flush. */
  #flushed = 0
  #reactions = 0
  /** Numbers of records whose promise is pending, per name that they are given under. */
  readonly #pending = new Map<string, Set<number>>()

  constructor(spec: ProducerSpec, context: ActorContext) {
    this.#spec = spec
    this.#context = context
    this.#calls = new Calls(context.history, spec.name)
    this.#opened = firstOpening(context.life)
    const { maxBlockMs = 60_000, deliveryTimeoutMs = 120_000 } = spec.config
    this.#recordLimitMs = 2 * maxBlockMs + deliveryTimeoutMs
  }

  async run(): Promise<void> {
    this.#open()
    const turns = new LoopTurns()
    for (let i = 0; !this.#context.isOver(); i++) {
      const code = await this.#act(this.#spec.actions[i % this.#spec.actions.length]!)
      if (code !== null && isFinal(code)) break
      await turns.pass()
    }
    if (this.#spec.end === 'close') await this.#close()
  }

  #open(): void {
    this.#name = `${this.#spec.name}#${this.#opened++}`
    this.#given = 0
    this.#flushed = 0
    this.#reactions = 0
    this.#pending.clear()
    const name = this.#name
    this.#producer = new Producer(this.#context.client, {
      ...this.#spec.config,
      clientId: name,
      onDeliveryError: (error, { topic, partition, count }) => {
        this.#context.history.write({
          type: 'undelivered',
          actor: name,
          topic,
          partition,
          count,
          error: errorCode(error),
          isMaybeAppended: mayBeAppended(error),
          message: errorMessage(error),
        })
        if (name === this.#name) this.#react()
      },
    })
  }

  /** @returns The code that it failed with; `null`: it succeeded. */
  async #act(action: ProducerAction): Promise<string | null> {
    switch (action.do) {
      case 'send':
        return this.#send(action)
      case 'write':
      case 'tryWrite':
        return this.#write(action)
      case 'flush':
        return this.#flush(action.timeoutMs)
      case 'drained':
        return this.#drained(action.timeoutMs)
      case 'reopen':
        await this.#close()
        this.#open()
        break
      case 'sleep':
      case 'block':
        await pause(action)
        break
    }
    return null
  }

  async #send(action: WritingAction): Promise<string | null> {
    const sent = this.#give(action).map((record, i, { length }) =>
      this.#sendOne(this.#name, this.#given - length + i + 1, record),
    )
    const settled = this.#calls.attempt('send', this.#recordLimitMs, async () => {
      const codes = await Promise.all(sent)
      return codes.find((code) => code !== null && isFinal(code)) ?? null
    })
    if (!action.isAwaited) return null
    const outcome = await settled
    return outcome.kind === 'answered' ? outcome.value : null
  }

  /** @returns The code that its promise rejected with; `null`: it was delivered. */
  async #sendOne(actor: string, number: number, record: ProducerRecord): Promise<string | null> {
    const { history } = this.#context
    const pending = this.#pending.get(actor) ?? new Set()
    this.#pending.set(actor, pending.add(number))
    try {
      const { topic, partition, offset } = await this.#producer.send(record)
      history.write({ type: 'acknowledged', actor, number, topic, partition, offset })
      return null
    } catch (error) {
      const code = errorCode(error)
      const isMaybeAppended = mayBeAppended(error)
      const message = errorMessage(error)
      history.write({ type: 'failed', actor, number, error: code, isMaybeAppended, message })
      return code
    } finally {
      pending.delete(number)
    }
  }

  async #write(action: WritingAction): Promise<string | null> {
    const records = this.#give(action)
    for (const [i, record] of records.entries()) {
      const number = this.#given - records.length + i + 1
      const isTaken = this.#writeOne(action.do === 'tryWrite', this.#name, number, record)
      if (typeof isTaken === 'string') return isTaken
      if (!isTaken && action.do === 'write') await this.#drained(100)
    }
    return null
  }

  /** @returns Whether to go on; or the code of what it threw. */
  #writeOne(
    isTry: boolean,
    actor: string,
    number: number,
    record: ProducerRecord,
  ): boolean | string {
    const refuse = (): void => this.#context.history.write({ type: 'refused', actor, number })
    try {
      if (!isTry) return this.#producer.write(record)
      const isTaken = this.#producer.tryWrite(record)
      if (!isTaken) refuse()
      return isTaken
    } catch (error) {
      refuse()
      const code = errorCode(error)
      return code === 'BUFFER_FULL' ? false : code
    }
  }

  /** Makes the next records, and says so before any is given. */
  #give({ topic, count, valueBytes, to }: WritingAction): ProducerRecord[] {
    const from = this.#given + 1
    this.#given += count
    this.#context.history.write({ type: 'given', actor: this.#name, topic, from, to: this.#given })
    return Array.from({ length: count }, (_, i): ProducerRecord => {
      const number = from + i
      const value = recordValue(recordName(this.#name, number), valueBytes)
      if (to === null) return { topic, value }
      if ('partition' in to) return { topic, value, partition: to.partition }
      return { topic, value, key: recordKey(number, to.keys) }
    })
  }

  async #flush(timeoutMs: number): Promise<string | null> {
    const from = this.#flushed + 1
    const to = (this.#flushed = this.#given)
    const actor = this.#name
    const flush = await this.#calls.make('flush', timeoutMs, () =>
      this.#producer.flush({ timeoutMs }),
    )
    if (flush.kind !== 'answered') return flush.kind === 'failed' ? flush.code : null
    await this.#assertSettled('flush', actor, to)
    // A flush that the listener made would have been told of failures instead of this one.
    if (this.#spec.onFailure === 'flush') return null
    this.#context.history.write({ type: 'flushed', actor, from, to })
    return null
  }

  async #drained(timeoutMs: number): Promise<string | null> {
    const drained = await this.#calls.make('drained', timeoutMs, () =>
      this.#producer.drained({ timeoutMs }),
    )
    return drained.kind === 'failed' ? drained.code : null
  }

  async #close(): Promise<void> {
    const { deliveryTimeoutMs = 120_000, maxBlockMs = 60_000 } = this.#spec.config
    await this.#calls.make('close', 2 * maxBlockMs + deliveryTimeoutMs, () =>
      this.#producer.close(),
    )
    for (const name of this.#pending.keys()) await this.#assertSettled('close', name, Infinity)
  }

  /** The promises of what was given before a call that resolved are settled with it. */
  async #assertSettled(after: string, actor: string, upTo: number): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    const left = [...(this.#pending.get(actor) ?? [])].filter((number) => number <= upTo)
    if (left.length === 0) return
    this.#context.history.write({ type: 'forgotten', actor, after, count: left.length })
  }

  /** The listener's part. Its records have a name of their own: they are given in the midst of others. */
  #react(): void {
    const { onFailure, actions } = this.#spec
    if (onFailure === 'nothing' || ++this.#reactions > MAX_REACTIONS) return
    if (onFailure === 'throw') throw new PlannedFailure()
    if (onFailure === 'flush') {
      void this.#calls.attempt('flush', 500, () => this.#producer.flush({ timeoutMs: 500 }))
      return
    }
    const like = actions.find((action): action is WritingAction => 'topic' in action)
    if (like === undefined) return
    const actor = `${this.#name}r`
    const number = this.#reactions
    const { topic } = like
    this.#context.history.write({ type: 'given', actor, topic, from: number, to: number })
    const record = { topic, value: recordValue(recordName(actor, number), like.valueBytes) }
    if (onFailure === 'send') {
      const sent = this.#sendOne(actor, number, record)
      void this.#calls.attempt('send', this.#recordLimitMs, () => sent)
    } else this.#writeOne(true, actor, number, record)
  }
}

/** Whether the log may have a record that failed, as its error says. */
function mayBeAppended(error: unknown): boolean {
  return RinglogError.is(error) && error.details['isMaybeAppended'] === true
}
