/** A difference, and the tests of each file of this folder that are about it, by title or by that of their suite. */
export interface Difference {
  /** The first cell of its row in docs/cluster.md. */
  readonly row: string
  readonly why: string
  /** Where partitions are followed, or where they are not; absent: both. */
  readonly only?: 'followed' | 'not followed'
  readonly tests: Readonly<Record<string, 'all' | readonly string[]>>
}
