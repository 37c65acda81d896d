/** A record's name in a history: who wrote it, and which of theirs it is. */
export function recordName(producer: string, number: number): string {
  return `${producer}:${number}`
}

/** What a record of that name carries: its name, its size, and bytes that follow from both. */
export function recordValue(name: string, valueBytes: number): string {
  const head = `${name}:${valueBytes}:`
  return head + fillOf(name).repeat(Math.max(0, valueBytes - head.length))
}

/** The key of a record that has one of so many. */
export function recordKey(number: number, keys: number): string {
  return `key-${number % keys}`
}

/** @returns The record's name; `null` unless the value is, to its last byte, one that was written. */
export function nameOfValue(value: string): string | null {
  const match = /^([^:]+:\d+):(\d+):/.exec(value)
  if (match === null) return null
  const [, name, valueBytes] = match
  return value === recordValue(name!, Number(valueBytes)) ? name! : null
}

/** Neighbouring records differ in every byte. */
function fillOf(name: string): string {
  let sum = 0
  for (let i = 0; i < name.length; i++) sum = (sum * 31 + name.charCodeAt(i)) % 26
  return String.fromCharCode(97 + sum)
}
