/** A partition, as what is looked up by it has it. */
export function partitionKey({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}-${partition}`
}
