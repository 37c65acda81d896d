import type { LogReader, RinglogError, SwitchedFault } from '@ringlog/core/internal'
import type {
  BlockedState,
  GroupGateMove,
  GroupGateOffset,
  PartitionWorkerMetrics,
  ProducerConnection,
  ReaderDescription,
} from '@ringlog/partition-worker'
import type { MessagePort } from 'node:worker_threads'
import { AttachmentBook } from './partition-attachments.ts'
import { PartitionSupervisor, type PartitionSupervisorOptions } from './partition-supervisor.ts'

/**
 * The worker of a partition, whichever thread that is at the moment: takes the calls to it, and keeps who
 * uses the partition, so that a successor of a worker that died is told.
 *
 * Callers notice a pause where the worker dies, and get an error only where the partition is offline or
 * closed. Calls that take something away, or move a group's gate, are carried out without a worker then.
 *
 * Thread: the controller's.
 */
export class SupervisedWorker {
  readonly #supervisor: PartitionSupervisor
  readonly #book: AttachmentBook
  readonly #reader: LogReader

  /**
   * Starts the first worker; resolves when it can append.
   *
   * @throws RinglogError WORKER_CRASHED when it ends first, or takes too long; no other is started then.
   */
  static async start(options: Omit<PartitionSupervisorOptions, 'book'>): Promise<SupervisedWorker> {
    const book = new AttachmentBook()
    const supervisor = await PartitionSupervisor.start({ ...options, book })
    return new SupervisedWorker(supervisor, book, options.reader)
  }

  /** Of a partition that cannot be served: see `PartitionSupervisor.offline`. */
  static offline(
    options: Omit<PartitionSupervisorOptions, 'book'>,
    error: RinglogError,
  ): SupervisedWorker {
    const book = new AttachmentBook()
    const supervisor = PartitionSupervisor.offline({ ...options, book }, error)
    return new SupervisedWorker(supervisor, book, options.reader)
  }

  private constructor(supervisor: PartitionSupervisor, book: AttachmentBook, reader: LogReader) {
    this.#supervisor = supervisor
    this.#book = book
    this.#reader = reader
  }

  /** Whether calls are served, by this worker or the next. */
  get isOnline(): boolean {
    return this.#supervisor.isOnline
  }

  /** How often another worker was started. */
  get restarts(): number {
    return this.#supervisor.restarts
  }

  /** Resolves once this is closed, and no thread of the partition runs. */
  get ended(): Promise<void> {
    return this.#supervisor.ended
  }

  /** @throws RinglogError PARTITION_OFFLINE; what this was closed with. */
  assertOnline(): void {
    this.#supervisor.assertOnline()
  }

  /**
   * Lets a producer append over `port`, as `PartitionHost.connectProducer`.
   *
   * @param session Of its client.
   * @throws RinglogError As `assertOnline`; WORKER_CRASHED when the worker has died with the port, so that
   *   the producer has to make another.
   */
  async connectProducer(
    producer: ProducerConnection,
    port: MessagePort,
    session: object,
  ): Promise<void> {
    const { lane } = producer
    const host = await this.#supervisor.ready
    await host.connectProducer(producer, port).then(() => {
      if (lane !== null) this.#book.openLane(lane, session) // INV-86
    })
  }

  /**
   * Ties another port to a producer's lane: the worker that had the last one has died.
   *
   * @returns Whether there is such a lane. If not, it is lost with what is in it.
   * @throws RinglogError As `connectProducer`.
   */
  async reconnectLane(laneId: string, clientId: string, port: MessagePort): Promise<boolean> {
    const host = await this.#supervisor.ready
    const lane = this.#book.lane(laneId)
    if (lane !== null) await host.connectProducer({ clientId, acks: lane.acks, lane }, port)
    return lane !== null
  }

  /** The session of a client is over: ends its lanes, also those that have no port at the moment. */
  async closeLanesOf(session: object): Promise<void> {
    await Promise.all(
      this.#book.lanesOf(session).map(async (laneId) => {
        const forget = (): void => this.#book.closeLane(laneId) // INV-86
        await this.#supervisor.call((host) => host.closeLane(laneId).then(forget), forget)
      }),
    )
  }

  /**
   * Fixes a reader's position; its gate is up, and it is rung, when this resolves. A partition that is offline
   * has no worker for that: it can be read, and the next one is told of the reader.
   */
  openReader(reader: ReaderDescription): Promise<{ startOffset: number }> {
    return this.#supervisor.call(
      (host) =>
        host.openReader(reader).then((opened) => {
          this.#book.openReader(reader) // INV-86
          return opened
        }),
      () => {
        if (!this.#supervisor.isOffline) this.#supervisor.assertOnline()
        return this.#book.openReaderWithoutWorker(reader, this.#reader)
      },
    )
  }

  async closeReader(consumerId: string): Promise<void> {
    const forget = (): void => this.#book.closeReader(consumerId) // INV-86
    await this.#supervisor.call((host) => host.closeReader(consumerId).then(forget), forget)
  }

  /** Gives a group's gate over to other memory: see `PartitionHost.moveGroupGate`. */
  moveGroupGate(move: GroupGateMove): Promise<GroupGateOffset> {
    return this.#supervisor.call(
      (host) =>
        host.moveGroupGate(move).then((offset) => {
          this.#book.moveGroupGate(move) // INV-86
          return offset
        }),
      () => this.#book.moveGroupGateWithoutWorker(move, this.#reader),
    )
  }

  async removeGroupGate(groupId: string): Promise<void> {
    const forget = (): void => this.#book.removeGroupGate(groupId) // INV-86
    await this.#supervisor.call((host) => host.removeGroupGate(groupId).then(forget), forget)
  }

  /** Deletes records, as `Admin.deleteRecords`; resolves with the log's start. */
  deleteRecords(beforeOffset: number): Promise<number> {
    return this.#supervisor.call((host) => host.deleteRecords(beforeOffset))
  }

  /** See `PartitionSupervisor.expectClosing`. */
  expectClosing(): void {
    this.#supervisor.expectClosing()
  }

  /** How many appends wait for room, and for which holder; `null`: none, or no worker says so in time. */
  async blocked(deadlineMs: number): Promise<BlockedState | null> {
    return (await this.#supervisor.host?.blocked(deadlineMs).catch(() => null)) ?? null
  }

  /** `null`: no worker answers in time. */
  async metrics(deadlineMs: number): Promise<PartitionWorkerMetrics | null> {
    return (await this.#supervisor.host?.metrics(deadlineMs).catch(() => null)) ?? null
  }

  /** See `PartitionHost.injectFault`: into this worker, or where it dies before, the next. */
  injectFault(fault: SwitchedFault): Promise<void> {
    return this.#supervisor.call((host) => host.injectFault(fault))
  }

  /** See `PartitionSupervisor.restart`. */
  restart(): Promise<void> {
    return this.#supervisor.restart()
  }

  /** Ends the worker, as `PartitionHost.close`; no other is started. */
  close(deadlineMs: number, reason: RinglogError): Promise<void> {
    return this.#supervisor.close(deadlineMs, reason)
  }

  /** Ends the worker at once; no other is started. */
  terminate(): Promise<void> {
    return this.#supervisor.terminate()
  }
}
