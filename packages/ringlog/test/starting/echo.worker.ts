import type { ConsumerRecord } from 'ringlog'

export const handle = ({ value }: ConsumerRecord): string => String(value)
