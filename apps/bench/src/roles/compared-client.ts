import type { LatencyMicros } from '../metrics/latency-histogram.ts'

/** What each of the clients that are compared is given; topics and clients of its own it makes by itself. */
export interface ComparedWork {
  readonly bootstrapServer: string
  readonly topic: string
  /** What is in the topic before the first lap; 0 where clients write into it. */
  readonly storedRecords: number
  readonly recordSizeBytes: number
  readonly batchSizeBytes: number
}

/** What a lap took. */
export interface ComparedLap {
  readonly elapsedMs: number
  /** Of all threads of the process. */
  readonly cpuMicros: number
  /** Where records are awaited one by one. */
  readonly latency?: LatencyMicros
}

/** A client that is measured again and again, in turns with others. */
export interface ComparedClient {
  /** Does its work with so many records; sums and order are checked as they come. */
  lap(records: number): Promise<ComparedLap>
  close(): Promise<void>
}

export type OpenClient = (work: ComparedWork) => Promise<ComparedClient>

/** Times a lap; what begins with a record that comes is started again by it, which does nothing from then on. */
export class LapClock {
  #startedMs = -1
  #cpu = process.cpuUsage()

  start(): void {
    if (this.#startedMs >= 0) return
    this.#startedMs = performance.now()
    this.#cpu = process.cpuUsage()
  }

  get lap(): ComparedLap {
    const { user, system } = process.cpuUsage(this.#cpu)
    return { elapsedMs: performance.now() - this.#startedMs, cpuMicros: user + system }
  }
}

/** A lap of a client that only writes, and how many records it has written in all. */
export class WrittenLaps {
  readonly #write: (first: number, end: number) => Promise<void>
  written = 0

  /** @param write Writes the sequences from `first` on, up to `end`; resolves when all are acknowledged. */
  constructor(write: (first: number, end: number) => Promise<void>) {
    this.#write = write
  }

  readonly lap = async (records: number): Promise<ComparedLap> => {
    const clock = new LapClock()
    clock.start()
    await this.#write(this.written, this.written + records)
    this.written += records
    return clock.lap
  }
}

/** Requests on their way at a time: what Kafka's own clients have by default, and Ringlog's. */
export const SENDS_IN_FLIGHT = 5
