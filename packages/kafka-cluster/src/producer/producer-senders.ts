import { BrokerSender, type SenderParts } from './broker-sender.ts'

/** The ways of one producer to all brokers that it writes to. */
export class ProducerSenders {
  /** The appenders that are open, or have batches without an answer. */
  users = 0
  readonly #parts: SenderParts
  readonly #senders = new Map<number, BrokerSender>()

  constructor(parts: SenderParts) {
    this.#parts = parts
  }

  /** The way to the broker of that number. */
  to(nodeId: number): BrokerSender {
    let sender = this.#senders.get(nodeId)
    if (sender === undefined) {
      sender = new BrokerSender(nodeId, this.#parts)
      this.#senders.set(nodeId, sender)
    }
    return sender
  }

  /** Closes the producer's connections: nobody uses them any more. */
  close(): void {
    for (const sender of this.#senders.values()) sender.close()
  }
}
