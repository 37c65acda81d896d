/**
 * Told, right before a batch is published, what publishing it will make of the ring, so that a
 * successor of this worker can tell whether it was (INV-24). `LaneReader` is one.
 */
export interface PublishNote {
  notePending(ringEndPosition: number, baseOffset: number, logAppendTimeMs: number): void
}
