import { patternValue, stamp } from '../metrics/stamped-value.ts'
import { PackedWalk, pack, packedBytes } from './packed-values.ts'
import { postMessageRival } from './post-message-rival.ts'

/** So many batches are on their way; each comes back to be packed again. */
const BATCHES = 64

interface Message {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly end: number
}

/**
 * What one comes to who knows how: values packed by hand into batches that are moved, not copied, and
 * moved back. The batches that are not there hold the sender up. It was the fastest of what was
 * tried: a new batch each time takes a fifth longer, and its memory grows while the receiver is late.
 */
export default postMessageRival<Message>({
  name: 'rival-postmessage-packed',
  description:
    'values packed by hand into batches of 64 KiB, transferred, walked, transferred back',
  records: 10_000_000,
  parameters: { recordSizeBytes: 100, batchSizeBytes: 65_536 },
  sender: (context, port) => {
    const value = patternValue(context.number('recordSizeBytes'), 0)
    const needed = packedBytes(value.length)
    const batchBytes = Math.max(context.number('batchSizeBytes'), needed)
    const free = Array.from({ length: BATCHES }, () => new Uint8Array(batchBytes))
    let onFree: (() => void) | null = null
    port.on('message', (bytes: Uint8Array<ArrayBuffer>) => {
      free.push(bytes)
      onFree?.()
    })
    let sequence = 0
    return async (count) => {
      const end = sequence + count
      while (sequence < end) {
        while (free.length === 0) await new Promise<void>((resolve) => (onFree = resolve))
        const bytes = free.pop()!
        let at = 0
        for (; at + needed <= batchBytes && sequence < end; sequence++) {
          stamp(value, sequence)
          at = pack(value, bytes, at)
        }
        const message: Message = { bytes, end: at }
        port.postMessage(message, [bytes.buffer])
      }
    }
  },
  receiver: (checker, port) => {
    const walk = new PackedWalk()
    return ({ bytes, end }) => {
      checker.checkAll(walk.open(bytes, end))
      port.postMessage(bytes, [bytes.buffer])
    }
  },
})
