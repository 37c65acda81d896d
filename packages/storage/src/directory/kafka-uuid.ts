/** A UUID as Kafka writes it: base64 of its 16 bytes. */
export function kafkaUuid(uuid: string): string {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url')
}
