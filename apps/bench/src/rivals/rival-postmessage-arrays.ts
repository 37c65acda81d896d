import { turn } from '../limits/doorbell-link.ts'
import { patternValue, stamp } from '../metrics/stamped-value.ts'
import { postMessageRival } from './post-message-rival.ts'

const RECORDS_A_MESSAGE = 500

interface Message {
  readonly topic: string
  readonly key: null
  readonly value: Uint8Array
  readonly timestamp: number
}

/** What Node.js users do next: as many messages as there are batches, each an array of objects. */
export default postMessageRival<Message[]>({
  name: 'rival-postmessage-arrays',
  description: 'postMessage of arrays of 500 { topic, key, value, timestamp }, two a turn',
  records: 300_000,
  parameters: { recordSizeBytes: 100 },
  sender: (context, port) => {
    // A value each: one that is in an array twice is cloned once.
    const values = Array.from({ length: RECORDS_A_MESSAGE }, () =>
      patternValue(context.number('recordSizeBytes'), 0),
    )
    let sequence = 0
    return async (count) => {
      const end = sequence + count
      while (sequence < end) {
        if (sequence % (2 * RECORDS_A_MESSAGE) === 0) await turn()
        const messages: Message[] = []
        for (const value of values.slice(0, end - sequence)) {
          stamp(value, sequence++)
          messages.push({ topic: 'bench', key: null, value, timestamp: Date.now() })
        }
        port.postMessage(messages)
      }
    }
  },
  receiver: (checker) => (messages) => {
    for (const { value } of messages) checker.check(value, 0, value.length)
  },
})
