import { LaneAnswer, LaneReader, LaneWriter, createLaneMemory } from '@ringlog/core/internal'
import {
  ANSWER_COUNT_BYTE,
  FRAME_COUNT_BYTE,
  PENDING_FRAME_BYTE,
} from '../../src/lane/lane-layout.ts'

export const DEADLINE = { requestDeadlineMs: 1234.5, waitingSinceMs: 1000.25, maxBlockMs: 60_000 }

export interface LaneRig {
  memory: SharedArrayBuffer
  writer: LaneWriter
  reader: LaneReader
}

/** Both ends of a tiny lane, whose counts start at `count`, as after so many frames. */
export function openLane(laneBytes = 1024, slots = 4, count = 0): LaneRig {
  const memory = createLaneMemory(laneBytes, slots)
  const header = new DataView(memory)
  header.setInt32(FRAME_COUNT_BYTE, count, true)
  header.setInt32(ANSWER_COUNT_BYTE, count, true)
  header.setInt32(PENDING_FRAME_BYTE, count - 1, true)
  return { memory, writer: new LaneWriter(memory), reader: new LaneReader(memory) }
}

/** Bytes that tell which batch they belong to. */
export function patternBytes(serial: number, sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, i) => (serial * 31 + i * 7) & 0xff)
}

/** The batch that the reader has found, copied out. */
export function takeBytes(reader: LaneReader): Uint8Array {
  const bytes = new Uint8Array(reader.frame.sizeBytes)
  reader.copyTo(bytes, 0)
  return bytes
}

/** All answers there are. */
export function readAnswers(writer: LaneWriter): LaneAnswer[] {
  const answers: LaneAnswer[] = []
  for (;;) {
    const answer = new LaneAnswer()
    if (!writer.readAnswer(answer)) return answers
    answers.push(answer)
  }
}
