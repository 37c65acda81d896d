import type { AdminAction, FaultAction, Program } from './program.ts'

/** A program in some lines: what it is, and what goes wrong when. */
export function describeProgram(program: Program): string {
  const { runMs, broker, topics, threads, administration, faults } = program
  const shown = [
    `${runMs} ms`,
    topics.map(({ name, config, isMortal }) => {
      return `${name} ${config.whenFull}×${config.partitions}${isMortal ? ' mortal' : ''}`
    }),
    threads.map(({ name, actors }) => `${name} (${actors.map((actor) => actor.name).join(' ')})`),
  ]
  const schedule = [
    ...threads
      .filter(({ killAtMs }) => killAtMs !== null)
      .map(({ name, killAtMs }) => ({ atMs: killAtMs!, what: `kill ${name}` })),
    ...(broker.killAtMs === null ? [] : [{ atMs: broker.killAtMs, what: 'kill the broker' }]),
    ...administration
      .filter((action) => action.do !== 'describe')
      .map((action) => ({ atMs: action.atMs, what: describeChange(action) })),
    ...faults.map((fault) => ({ atMs: fault.atMs, what: describeFault(fault) })),
  ]
  const lines = schedule
    .sort((one, other) => one.atMs - other.atMs)
    .map(({ atMs, what }) => `  at ${(atMs / 1_000).toFixed(2)} s: ${what}`)
  return [shown.flat().join(', '), ...lines].join('\n')
}

function describeChange(action: AdminAction): string {
  const { atMs: _, do: what, ...rest } = action
  return `${what} ${Object.values(rest).join(' ')}`
}

/** A fault in a few words. */
export function describeFault(fault: FaultAction): string {
  if (fault.do === 'killThread') return `kill and restart ${fault.thread}`
  if (fault.do === 'rebalance') return `rebalance ${fault.group}`
  const at = `${fault.at.topic}-${fault.at.partition}`
  if (fault.do === 'killWorker') return `kill the worker of ${at} ${fault.step ?? 'wherever it is'}`
  if (fault.do === 'pauseWorker') return `pause the worker of ${at} for ${fault.ms} ms`
  if (fault.do === 'dropAcks') return `drop ${fault.count} acknowledgements of ${at}`
  if (fault.do === 'corruptBatch') return `alter the next batch to ${at}`
  if (fault.do === 'delayAcks') {
    return `delay acknowledgements of ${at} by ${fault.ms} ms for ${fault.forMs} ms`
  }
  return `refuse ${fault.times} appends to ${at} with ${fault.code}`
}
