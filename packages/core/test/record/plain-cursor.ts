import { RecordBatchHeader } from '@ringlog/core'

/** What is found at a record whose lengths do not fit. */
export class MalformedRecord extends Error {}

/**
 * A cursor that decodes every record, number by number: what those that know a shorter way are held against. The
 * batch has a good header, and is not compressed.
 */
export class PlainCursor {
  readonly bytes: Uint8Array
  keyStart = 0
  keyLength = -1
  valueStart = 0
  valueLength = -1
  headersStart = 0
  recordEnd = 0
  index = 0
  at: number
  offsetDelta = 0
  timestampDelta = 0
  readonly batchEnd: number
  readonly count: number
  readonly baseOffset: number
  readonly baseTimestamp: number
  readonly isLogAppendTime: boolean

  constructor(bytes: Uint8Array, byteIndex = 0) {
    const header = new RecordBatchHeader().wrap(bytes, byteIndex)
    this.bytes = bytes
    this.at = byteIndex + 61
    this.batchEnd = byteIndex + header.sizeBytes
    this.count = header.isControl ? 0 : header.recordsCount
    this.baseOffset = header.baseOffset
    this.isLogAppendTime = header.isLogAppendTime
    this.baseTimestamp = this.isLogAppendTime ? header.maxTimestamp : header.baseTimestamp
  }

  get offset(): number {
    return this.baseOffset + this.offsetDelta
  }

  get timestamp(): number {
    return this.baseTimestamp + this.timestampDelta
  }

  /** @throws MalformedRecord, and stays where it is. */
  next(): boolean {
    if (this.index >= this.count) return false
    const start = this.at
    try {
      this.readRecord()
    } catch (error) {
      this.at = start
      throw error
    }
    this.index++
    return true
  }

  private readRecord(): void {
    const length = this.readVarint()
    const end = this.at + length
    if (length < 0 || end > this.batchEnd) throw new MalformedRecord()
    this.at++ // attributes: unused
    const timestampDelta = this.readVarlong()
    this.timestampDelta = this.isLogAppendTime ? 0 : timestampDelta
    this.offsetDelta = this.readVarint()
    this.keyLength = this.readVarint()
    this.keyStart = this.at
    this.at += Math.max(this.keyLength, 0)
    this.valueLength = this.readVarint()
    this.valueStart = this.at
    this.at += Math.max(this.valueLength, 0)
    // What remains of the record is its headers: one byte at least.
    if (this.keyLength < -1 || this.valueLength < -1 || this.at >= end) throw new MalformedRecord()
    this.headersStart = this.at
    this.recordEnd = end
    this.at = end
  }

  private readVarint(): number {
    let zigzag = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.at++]!
      zigzag |= (byte & 0x7f) << shift
      if (byte < 0x80) return (zigzag >>> 1) ^ -(zigzag & 1)
    }
    throw new MalformedRecord()
  }

  private readVarlong(): number {
    // The lowest bit is the sign; what remains is summed as a double, exact for safe integers.
    let byte = this.bytes[this.at++]!
    const isNegative = (byte & 1) === 1
    let magnitude = (byte & 0x7f) >>> 1
    for (let i = 1, scale = 0x40; i <= 10; i++, scale *= 0x80) {
      if (byte < 0x80) return isNegative ? -magnitude - 1 : magnitude
      byte = this.bytes[this.at++]!
      magnitude += (byte & 0x7f) * scale
    }
    throw new MalformedRecord()
  }
}
