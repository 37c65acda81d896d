/**
 * Ends what was cut. By its number, so that the bundles that threads load are ASCII: V8 keeps a text with this
 * character in it with two bytes for each.
 */
export const ELLIPSIS = String.fromCodePoint(0x2026)
