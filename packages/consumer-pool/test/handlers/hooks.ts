/** Writes down its start and its stop. */
import type { HandlerContext } from '../../src/index.ts'
import { writeDone } from './done.ts'

export function start(context: HandlerContext<string>): void {
  writeDone(`start ${context.data}`, context)
}

export function handle(): void {}

export function stop(context: HandlerContext<string>): void {
  writeDone(`stop ${context.data}`, context)
}
