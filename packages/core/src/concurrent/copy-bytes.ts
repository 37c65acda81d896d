const copy = Buffer.prototype.copy

/**
 * Copies `length` bytes at the speed of memmove, without a view of either part; either side may be
 * shared memory.
 *
 * `TypedArray.set` on shared memory copies word by word: 64 KiB between aligned addresses in 4.6 µs
 * on Node 24 and in 2.3 µs on 22, where this takes 1.4 µs. Under some 500 bytes it is the other way
 * round, by some 20 ns, if a view of exactly these bytes exists.
 *
 * The bytes must not be written by another thread meanwhile, or must be thrown away afterwards.
 */
export function copyBytes(
  source: Uint8Array,
  sourceByte: number,
  target: Uint8Array,
  targetByte: number,
  length: number,
): void {
  copy.call(source, target, targetByte, sourceByte, sourceByte + length)
}
