/** A consumer's doorbell, as an engine sees it: a `Doorbell` is one. */
export interface ConsumerDoorbell {
  /** For threads of the same process that ring it themselves. */
  readonly memory: SharedArrayBuffer
  /** Has the consumer look again, where it waits: there are records, or there is something else new. */
  ring(): void
}
