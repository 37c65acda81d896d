const STEP = /^\s*\d+:\s+proc\s+(\d+) \(([\w:]+?):\d+\) \S+?:(\d+) \(state \d+\)\s+\[(.*)\]$/
/** What only leads from one step to the next, and checks. */
const NO_STEP = /^(\(1\)|else|IF|DO|break|\.?\(?goto.*|assert\(.*)$/

/** Makes of Spin's account of an execution one line for each step: process, line of the model, step. */
export function readableTrail(text: string): string {
  const lines: string[] = []
  for (const line of text.split('\n')) {
    if (line.includes('START OF CYCLE')) lines.push('and from here on for ever:')
    const [, pid, name, at, statement] = STEP.exec(line) ?? []
    if (statement === undefined || NO_STEP.test(statement)) continue
    lines.push(`${`${name} ${pid}`.padEnd(14)} ${at!.padStart(4)}  ${statement}`)
  }
  return lines.join('\n')
}
