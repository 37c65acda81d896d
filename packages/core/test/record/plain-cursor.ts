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
  private afterLong = 0

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
    const bytes = this.bytes
    let at = this.at
    let first = bytes[at++]!
    let second = 0
    let zigzag = first
    if (first >= 0x80) {
      second = bytes[at++]!
      if (second < 0x80) zigzag = (first & 0x7f) | (second << 7)
      else {
        zigzag = this.decodeLong(at - 2)
        at = this.afterLong
      }
    }
    const length = (zigzag >>> 1) ^ -(zigzag & 1)
    const end = at + length
    if (length < 0 || end > this.batchEnd) throw new MalformedRecord()
    at++ // attributes: unused

    let timestampDelta = 0
    first = bytes[at]!
    if (first < 0x80) {
      at++
      timestampDelta = (first >>> 1) ^ -(first & 1)
    } else {
      timestampDelta = this.decodeVarlong(at)
      at = this.afterLong
    }
    this.timestampDelta = this.isLogAppendTime ? 0 : timestampDelta

    zigzag = first = bytes[at++]!
    if (first >= 0x80) {
      second = bytes[at++]!
      if (second < 0x80) zigzag = (first & 0x7f) | (second << 7)
      else {
        zigzag = this.decodeLong(at - 2)
        at = this.afterLong
      }
    }
    this.offsetDelta = (zigzag >>> 1) ^ -(zigzag & 1)

    zigzag = first = bytes[at++]!
    if (first >= 0x80) {
      second = bytes[at++]!
      if (second < 0x80) zigzag = (first & 0x7f) | (second << 7)
      else {
        zigzag = this.decodeLong(at - 2)
        at = this.afterLong
      }
    }
    const keyLength = (zigzag >>> 1) ^ -(zigzag & 1)
    this.keyLength = keyLength
    this.keyStart = at
    if (keyLength > 0) at += keyLength

    zigzag = first = bytes[at++]!
    if (first >= 0x80) {
      second = bytes[at++]!
      if (second < 0x80) zigzag = (first & 0x7f) | (second << 7)
      else {
        zigzag = this.decodeLong(at - 2)
        at = this.afterLong
      }
    }
    const valueLength = (zigzag >>> 1) ^ -(zigzag & 1)
    this.valueLength = valueLength
    this.valueStart = at
    if (valueLength > 0) at += valueLength

    // What remains of the record is its headers: one byte at least.
    if (keyLength < -1 || valueLength < -1 || at >= end) throw new MalformedRecord()
    this.headersStart = at
    this.recordEnd = end
    this.at = end
    this.index++
    return true
  }

  /** Decodes a varint of any length, still zigzag; leaves the index after it in `afterLong`. */
  private decodeLong(byteIndex: number): number {
    let zigzag = 0
    let at = byteIndex
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[at++]!
      zigzag |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        this.afterLong = at
        return zigzag
      }
    }
    throw new MalformedRecord()
  }

  /** Decodes a varlong; leaves the index after it in `afterLong`. */
  private decodeVarlong(byteIndex: number): number {
    // The lowest bit is the sign; what remains is summed as a double, exact for safe integers.
    const first = this.bytes[byteIndex]!
    let magnitude = (first & 0x7f) >>> 1
    let scale = 0x40
    for (let i = 1; i < 10; i++) {
      const byte = this.bytes[byteIndex + i]!
      magnitude += (byte & 0x7f) * scale
      scale *= 0x80
      if (byte < 0x80) {
        this.afterLong = byteIndex + i + 1
        return (first & 1) === 0 ? magnitude : -magnitude - 1
      }
    }
    throw new MalformedRecord()
  }
}
