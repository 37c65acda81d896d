import { isWithinNoise, type RatioInterval } from '../metrics/ratio-interval.ts'

/** "1.13 (1.06 – 1.28)"; "1.01, noise" where it may be 1. */
export function ratioWithInterval(
  ratio: number | undefined,
  interval?: RatioInterval | null,
): string {
  if (ratio === undefined) return ''
  if (interval === undefined || interval === null) return figure(ratio)
  if (isWithinNoise(interval)) return `${figure(ratio)}, noise`
  return `${figure(ratio)} (${figure(interval.low)} – ${figure(interval.high)})`
}

/** "12.3 M", "456,789"; what is less than a thousand has three digits. */
export function count(value: number): string {
  if (value >= 1e6) return `${figure(value / 1e6)} M`
  return Math.round(value).toLocaleString('en')
}

/** Three significant digits. */
export function figure(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 4 })
}
