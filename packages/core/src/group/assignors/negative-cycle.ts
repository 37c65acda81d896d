/** Instead of a node: none. */
export const NOBODY = -1

/** No way between two nodes. */
export const NO_WAY: number = Number.MAX_SAFE_INTEGER

/**
 * Finds a cycle whose costs add up to less than nothing: nodes in its order, or `null` when there is
 * none.
 *
 * @param costs By node and node.
 *
 * Source: the algorithm of Bellman and Ford.
 */
export function negativeCycle(costs: Float64Array, nodeCount: number): number[] | null {
  const distances = new Float64Array(nodeCount)
  const parents = new Int32Array(nodeCount).fill(NOBODY)
  for (;;) {
    let hasChanged = false
    for (let from = 0; from < nodeCount; from++) {
      const distance = distances[from]!
      for (let to = 0; to < nodeCount; to++) {
        const cost = costs[from * nodeCount + to]!
        if (cost === NO_WAY || distance + cost >= distances[to]!) continue
        distances[to] = distance + cost
        parents[to] = from
        hasChanged = true
      }
    }
    if (!hasChanged) return null
    const cycle = cycleIn(parents)
    if (cycle !== null) return cycle
  }
}

/** Any cycle of parents is a negative one. */
function cycleIn(parents: Int32Array): number[] | null {
  const seenFrom = new Int32Array(parents.length).fill(NOBODY)
  for (let start = 0; start < parents.length; start++) {
    let node = start
    while (node !== NOBODY && seenFrom[node] === NOBODY) {
      seenFrom[node] = start
      node = parents[node]!
    }
    if (node === NOBODY || seenFrom[node] !== start) continue
    const cycle = [node]
    for (let at = parents[node]!; at !== node; at = parents[at]!) cycle.push(at)
    return cycle.toReversed()
  }
  return null
}
