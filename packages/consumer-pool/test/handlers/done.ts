import type { HandlerContext } from '../../src/index.ts'

/** Writes down what a handler did. */
export function writeDone(what: string, { producer, threadIndex }: HandlerContext): void {
  producer.write({ topic: 'done', value: what, headers: { thread: String(threadIndex) } })
}
