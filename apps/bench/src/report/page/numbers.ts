import type { Spread } from '../../metrics/spread.ts'

/** Three significant digits, in the unit that keeps them short: "12.3 M", "456 k", "0.123". */
export function short(value: number): string {
  for (const [unit, letter] of UNITS) {
    if (Math.abs(value) >= unit) return `${digits(value / unit)} ${letter}`
  }
  return digits(value)
}

const UNITS = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const

function digits(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 4 })
}

/** "12.3 M (11.9 M – 12.5 M)", or the median alone where all runs agree. */
export function spread({ min, median, max }: Spread): string {
  const range = [short(min), short(max)]
  if (range.every((end) => end === short(median))) return short(median)
  return `${short(median)} (${range.join(' – ')})`
}

/** A cell of a table: every digit that means something. */
export function exact(value: number | undefined): string {
  if (!isNumber(value)) return ''
  const rounded = Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4))
  return rounded.toLocaleString('en', { maximumFractionDigits: 6 })
}

/** JSON has `null` for what was not a number; an old report may lack the field. */
export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

export function isSpread(value: Partial<Spread> | null | undefined): value is Spread {
  return isNumber(value?.min) && isNumber(value.median) && isNumber(value.max)
}
