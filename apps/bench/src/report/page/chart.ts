/** What a chart of the page shows; each has the table that it is drawn from behind it. */
export type Chart = BarChart | LineChart

/** Whose a bar is; the bars of one kind have one colour. */
export type BarKind = 'ringlog' | 'limit' | 'rival'

export interface Bar {
  readonly name: string
  readonly kind: BarKind
  /** The end of the bar. */
  readonly median: number
  /** The ends of the line across the bar; absent: it has none. */
  readonly min?: number
  readonly max?: number
  /** Its numbers, as they are written beside its name. */
  readonly text: string
}

/** Bars one below the other, the names above them: as readable on a phone as on a wide screen. */
export interface BarChart {
  readonly shape: 'bars'
  readonly title: string
  /** One sentence: how to read it. */
  readonly note: string
  /** Where the bars begin; 1 on a logarithmic axis, of ratios. */
  readonly base: 0 | 1
  readonly bars: readonly Bar[]
  readonly table: Table
}

export interface Line {
  readonly name: string
  /** One for each `x` of the chart; `null`: this line has no point there. */
  readonly values: ReadonlyArray<number | null>
  readonly lows?: ReadonlyArray<number | null>
  readonly highs?: ReadonlyArray<number | null>
}

export interface LineChart {
  readonly shape: 'lines'
  readonly title: string
  readonly note: string
  readonly xLabel: string
  readonly yLabel: string
  /** Ascending. Where not all have a label, points are too many to be drawn as such. */
  readonly xs: ReadonlyArray<{ readonly at: number; readonly label: string }>
  readonly isLogarithmic: boolean
  readonly lines: readonly Line[]
  readonly table: Table
}

/** The first cell of a row is its header. */
export interface Table {
  readonly head: readonly string[]
  readonly rows: ReadonlyArray<readonly string[]>
}
