import { crc32 } from 'node:zlib'

/** What one word's lines come to. */
export interface WordTally {
  lines: number
  /** Over all of them in their order: another order, or a line lost, gives another checksum. */
  checksum: number
}

/** Counts lines by their first word. */
export class LineTally {
  readonly words: Map<string, WordTally> = new Map()

  add(word: string, line: string): void {
    let tally = this.words.get(word)
    if (tally === undefined) {
      tally = { lines: 0, checksum: 0 }
      this.words.set(word, tally)
    }
    tally.lines++
    tally.checksum = crc32(`${line}\n`, tally.checksum)
  }
}

/** The first word of a line, in lower case and without punctuation; '' where it has none. */
export function firstWord(line: string): string {
  return /[\p{L}\p{N}'’-]+/u.exec(line)?.[0].toLowerCase() ?? ''
}
