import { BroadcastChannel } from 'node:worker_threads'
import { turn } from '../limits/doorbell-link.ts'
import { patternValue, stamp } from '../metrics/stamped-value.ts'
import { postMessageRival } from './post-message-rival.ts'

const CHANNEL = 'bench'
const MESSAGES_PER_TURN = 1_000

/** As `rival-postmessage`, to whoever listens: what is at hand where there may be several receivers. */
export default postMessageRival<Uint8Array>({
  name: 'rival-broadcast-channel',
  description: 'a message of a BroadcastChannel per record, 1,000 a turn, one receiver',
  isDefault: false,
  records: 200_000,
  parameters: { recordSizeBytes: 100 },
  sender: (context) => {
    const channel = new BroadcastChannel(CHANNEL)
    channel.unref()
    const value = patternValue(context.number('recordSizeBytes'), 0)
    let sequence = 0
    return async (count) => {
      for (const end = sequence + count; sequence < end; sequence++) {
        if (sequence % MESSAGES_PER_TURN === 0) await turn()
        stamp(value, sequence)
        channel.postMessage(value)
      }
    }
  },
  listen: (_, deliver) => {
    const channel = new BroadcastChannel(CHANNEL)
    channel.addEventListener('message', ({ data }) => deliver(data as Uint8Array))
    return () => channel.close()
  },
  receiver: (checker) => (value) => checker.check(value, 0, value.length),
})
