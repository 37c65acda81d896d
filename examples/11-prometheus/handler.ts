import type { ConsumerRecord } from 'ringlog'

export function handle(record: ConsumerRecord): void {
  if (String(record.value) === 'broken') throw new Error('this order cannot be read')
}
