/** So much of a name, counted in single edits, may be wrong: one in three characters, one at least. */
const EDITS_PER_LENGTH = 1 / 3
/** Shorter beginnings are no sign of what was meant. */
const MIN_SHARED_START = 3

/**
 * The names that a user may have meant by another, nearest first: those that differ by a typo, by
 * upper and lower case or by dots, dashes and underscores (Kafka's `max.poll.records`), and those that
 * begin like it or go on where it ends (`timeout`: `timeoutMs`). For messages.
 *
 * @param limit How many at most.
 */
export function nearestNames(given: string, names: Iterable<string>, limit = 3): string[] {
  const meant = bare(given)
  const near: Array<{ name: string; distance: number }> = []
  for (const name of names) {
    const distance = distanceOf(meant, bare(name))
    if (distance < Infinity) near.push({ name, distance })
  }
  near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
  return near.slice(0, limit).map(({ name }) => name)
}

/** `did you mean timeoutMs?`, or nothing where no name is near. */
export function didYouMean(given: string, names: Iterable<string>): string {
  const near = nearestNames(given, names)
  return near.length === 0 ? '' : `did you mean ${near.join(' or ')}?`
}

function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
}

/** In edits; a name that goes on where the other ends counts less than a typo in it. */
function distanceOf(given: string, name: string): number {
  const shorter = Math.min(given.length, name.length)
  const isStart = shorter >= MIN_SHARED_START && (name.startsWith(given) || given.startsWith(name))
  if (isStart) return Math.abs(given.length - name.length) / (given.length + name.length)
  const allowed = Math.max(1, Math.floor(Math.max(given.length, name.length) * EDITS_PER_LENGTH))
  if (Math.abs(given.length - name.length) > allowed) return Infinity
  const distance = edits(given, name)
  return distance <= allowed ? distance : Infinity
}

/**
 * How many characters are to be put in, left out, replaced or swapped with their neighbour.
 *
 * Source: the optimal string alignment distance (Damerau, Levenshtein).
 */
function edits(from: string, to: string): number {
  let before: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, j) => j)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1]
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (isSame ? 0 : 1))
      const isSwapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      if (isSwapped) row[j] = Math.min(row[j]!, before[j - 2]! + 1)
    }
    before = last
    last = row
  }
  return last[to.length]!
}
