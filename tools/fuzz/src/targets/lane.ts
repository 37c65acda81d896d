import {
  LANE_BATCH,
  LANE_BATCH_BEHIND_REFUSED,
  LANE_CLOSED,
  LANE_EMPTY,
  LaneAnswer,
  LaneReader,
  LaneWriter,
  createLaneMemory,
} from '@ringlog/core/internal'
import { Choices } from '../input/choices.ts'
import { generateBatch } from '../input/generate-batch.ts'
import { concat, viewOf } from '../input/mutate-bytes.ts'
import { LogRig } from './log-rig.ts'
import { assertRefusal, kindOf, refusalOf } from './refusal.ts'
import { demand, type Target } from './target.ts'

const LANE_BYTES = 2048
const SLOTS = 4
/** Of the lane's sections: see its layout. */
const CONTROL_BYTES = 512
const MAX_ACTIONS = 64

/**
 * A lane between a producer and a partition worker, any word of which is changed by a third party at any
 * moment between two of their steps. The log takes nothing but what it may; neither side throws or hangs.
 */
export function laneTarget(): Target {
  const template = new Uint8Array(createLaneMemory(LANE_BYTES, SLOTS)).slice()
  const memory = createLaneMemory(LANE_BYTES, SLOTS)
  const bytes = new Uint8Array(memory)
  const view = new DataView(memory)
  const rig = new LogRig()
  const scratch = new Uint8Array(LANE_BYTES)
  const answer = new LaneAnswer()

  function damage(choices: Choices): void {
    const isControl = choices.boolean()
    // The worker's and the producer's words lie before 512, entries and errors after; data comes last.
    const word = choices.below(isControl ? CONTROL_BYTES / 4 : memory.byteLength / 4)
    const isMagic = word < 32
    if (isMagic) return
    if (choices.boolean()) view.setInt32(word * 4, choices.integer() | 0, true)
    else view.setFloat64(Math.min(word * 4, memory.byteLength - 8), choices.number(), true)
  }

  return {
    name: 'lane',
    covers: ['reader', 'writer', 'frame', 'error'].map(
      (f) => `packages/core/src/lane/lane-${f}.ts`,
    ),
    generate(random) {
      const batch = generateBatch(random, { lies: random.pick([0, 0, 0.05]), isCompressed: false })
      const actions = random.bytes(4 + random.below(120))
      const input = concat(Uint8Array.of(0, 0), actions, batch)
      viewOf(input).setUint16(0, actions.length)
      return input
    },
    run(input) {
      bytes.set(template)
      const actionBytes = input.length < 2 ? 0 : viewOf(input).getUint16(0)
      const choices = new Choices(input.subarray(2, 2 + actionBytes))
      const batch = input.slice(2 + actionBytes)
      const writer = new LaneWriter(memory)
      let reader = new LaneReader(memory)
      const seen = new Set<string>()

      function serve(): void {
        for (let served = 0; ; served++) {
          demand(served <= SLOTS, () => 'there is no end to the batches of a lane')
          const status = reader.peek()
          demand(status === reader.peek(), () => 'peek answers differently a second time')
          if (status === LANE_EMPTY) return
          if (status === LANE_CLOSED) {
            if (reader.closedError !== null) seen.add(kindOf(reader.closedError))
            return
          }
          if (status === LANE_BATCH_BEHIND_REFUSED) reader.skip()
          else serveBatch()
          if (choices.boolean()) damage(choices)
        }
      }

      function serveBatch(): void {
        const { sizeBytes } = reader.frame
        reader.copyTo(scratch, 0)
        const refusal = rig.append(scratch.slice(0, sizeBytes), reader.frame, reader)
        if (refusal === null) return
        seen.add(refusal.code)
        reader.refuse(refusal)
      }

      function readAnswers(): void {
        for (let read = 0; writer.readAnswer(answer); read++) {
          demand(read <= SLOTS, () => 'there is no end to the answers of a lane')
          if (answer.error !== null) seen.add(kindOf(assertRefusal(answer.error)))
          const { baseOffset } = answer
          const isOffset = Number.isSafeInteger(baseOffset) && baseOffset >= -1
          demand(isOffset, () => `a producer is told of base offset ${baseOffset}`)
          if (choices.boolean()) damage(choices)
        }
        if (writer.closedError !== null) seen.add(kindOf(assertRefusal(writer.closedError)))
        if (writer.state === 'refused') writer.reset()
      }

      const forever = { requestDeadlineMs: Infinity, waitingSinceMs: 0, maxBlockMs: 0 }
      for (let actions = 0; actions < MAX_ACTIONS && !choices.isEmpty; actions++) {
        const action = choices.below(8)
        if (action <= 1) {
          refusalOf(() => writer.tryWrite(batch, batch.length, forever))
        } else if (action <= 3) damage(choices)
        else if (action === 4) readAnswers()
        else if (action === 5) {
          reader = new LaneReader(memory)
          // The worker's own note, which a third party may have changed: a successor must survive it.
          const refusal = refusalOf(() => reader.recover(choices.integer()))
          if (refusal !== null) seen.add(kindOf(refusal))
        } else serve()
      }
      demand(reader.peek() !== LANE_BATCH || reader.frame.sizeBytes > 0, () => 'an empty batch')
      rig.demandUnchanged('what no append has changed')
      return [...seen].slice(0, 2).join('; ') || 'nothing refused'
    },
  }
}
