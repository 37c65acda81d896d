import type { Program } from './program.ts'

/** A program in one line. */
export function describeProgram({
  runMs,
  broker,
  topics,
  threads,
  administration,
}: Program): string {
  const shown = [
    `${runMs} ms`,
    topics.map(({ name, config, isMortal }) => {
      return `${name} ${config.whenFull}×${config.partitions}${isMortal ? ' mortal' : ''}`
    }),
    threads.map(({ name, actors, killAtMs }) => {
      const ends = killAtMs === null ? '' : ` killed at ${killAtMs}`
      return `${name} (${actors.map((actor) => actor.name).join(' ')}${ends})`
    }),
    administration.map((action) => `${action.do} at ${action.atMs}`),
    broker.killAtMs === null ? [] : [`broker killed at ${broker.killAtMs}`],
  ]
  return shown.flat().join(', ')
}
