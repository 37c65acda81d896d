/*
 * The head of a record: the numbers before its data.
 *
 * Most records look like the one before them: they were written within the same millisecond or soon after,
 * have no key or a short one, a value whose length takes as many bytes, and no headers. All numbers of such
 * a record are short: none takes more than two bytes as a zigzag varint, and what each byte of its head
 * means is known as soon as it is known which of them take one byte and which two.
 *
 * ```text
 *  bytes   field
 *  1 or 2  length                                     as the record before, or another
 *       1  attributes, 0                              as every record
 *  1 or 2  timestampDelta                             as the record before, or a little more
 *  1 or 2  offsetDelta                                the record's index: one more than the record before
 *  1 or 2  keyLength; 1 where it is null              as the record before, or another
 *          key
 *  1 or 2  valueLength; 1 where it is null            as the record before, or another
 *          value
 *       1  headersCount, 0
 * ```
 *
 * So a writer puts the fields together in words and stores each word at once, whatever their widths are; and a
 * reader that has decoded one record compares the words of those behind it with the words of that one, and
 * decodes no record of which they are the same (`alike-records.ts`). In these words the first byte is the lowest:
 * they are loaded and stored as little-endian, on every machine.
 *
 * A record that has a number that is not short, or headers, is written and read field by field.
 */

/** The largest number that takes one byte. */
export const MAX_ONE_BYTE_NUMBER = 63
/** The largest number that takes two bytes. */
export const MAX_SHORT_NUMBER = 8191
/** `NONE`, the length of null, as it stands in a record: one byte. */
export const NONE_VARINT = 1
/** What a short record takes at most beside its key and value. */
export const MAX_SHORT_OVERHEAD_BYTES = 2 + 1 + 2 + 2 + 2 + 2 + 1

/** A short number as it stands in a record, first byte lowest: 8 bits up to 63, else 16. */
export function shortVarint(value: number): number {
  return value <= MAX_ONE_BYTE_NUMBER
    ? value << 1
    : ((value << 1) & 0x7f) | 0x80 | ((value >> 6) << 8)
}
