import { turn } from '../limits/doorbell-link.ts'
import { patternValue, stamp } from '../metrics/stamped-value.ts'
import { postMessageRival } from './post-message-rival.ts'

const MESSAGES_PER_TURN = 1_000

interface Message {
  readonly topic: string
  readonly key: null
  readonly value: Uint8Array
  readonly timestamp: number
}

/** What Node.js users do at first: a message per record from thread to thread. */
export default postMessageRival<Message>({
  name: 'rival-postmessage',
  description:
    'postMessage of { topic, key, value, timestamp } per record, 1,000 a turn, one receiver',
  records: 200_000,
  parameters: { recordSizeBytes: 100 },
  sender: (context, port) => {
    const value = patternValue(context.number('recordSizeBytes'), 0)
    let sequence = 0
    return async (count) => {
      for (const end = sequence + count; sequence < end; sequence++) {
        if (sequence % MESSAGES_PER_TURN === 0) await turn()
        stamp(value, sequence)
        const message: Message = { topic: 'bench', key: null, value, timestamp: Date.now() }
        port.postMessage(message)
      }
    }
  },
  receiver:
    (checker) =>
    ({ value }) =>
      checker.check(value, 0, value.length),
})
