/** Answers with the record's value. */
import type { ConsumerRecord } from 'ringlog'

export function handle({ value }: ConsumerRecord): string {
  return String(value)
}
