/**
 * Notes a batch right before the log publishes it, and acknowledges it right after, both before anything
 * else can enter the ring: so a successor of this worker can tell whether the batch did (INV-24).
 * `LaneReader` is one.
 */
export interface PublishNote {
  /** What publishing the batch will make of the ring. */
  notePending(ringEndPosition: number, baseOffset: number, logAppendTimeMs: number): void
  /** The batch is in the log; since before, where nothing was noted. */
  acknowledge(baseOffset: number, logAppendTimeMs: number): void
}
