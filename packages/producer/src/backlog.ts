/** Where records wait: a writer should stop while it is backlogged. */
export interface Backlog {
  readonly isBacklogged: boolean
  /** What the record needs that was last refused for want of memory; 0: none was. */
  readonly refusedBytes: number
}

/** The same of one partition. */
export interface PartitionBacklog extends Backlog {
  /** What it holds of `bufferMemoryBytes`. */
  readonly usedBytes: number
  /** What a record may need: a batch, or what was refused. */
  readonly wantedBytes: number
}

/** A partition is backlogged when so many full batches of it have not left. */
export const BACKLOGGED_BATCHES = 4
