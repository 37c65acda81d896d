/** A label's value; `null`: it does not apply, which Prometheus takes as if the label were not there. */
export type LabelValue = string | number | null

/** A family of metrics: one name, and a value for each combination of labels. */
export interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly labels: readonly string[]
  /** What becomes of several values with the same labels: two clients may have one client id. */
  readonly combine: 'sum' | 'max' | 'min'
}

/**
 * Gathers metrics, and writes them in the text format of Prometheus, version 0.0.4: families in the order in which
 * they were added, series in that of their values.
 *
 * Source: Prometheus, `docs/instrumenting/exposition_formats.md`.
 */
export class Exposition {
  readonly #families = new Map<Family, Map<string, number>>()

  /** A family without values is written too: what is 0 for now does not look as if it were missing. */
  declare(families: readonly Family[]): void {
    for (const family of families) this.#families.set(family, new Map())
  }

  /** @param labels As many as the family has, in its order. */
  add(family: Family, labels: readonly LabelValue[], value: number): void {
    const series = this.#families.get(family)!
    const key = labelText(family.labels, labels)
    const before = series.get(key)
    series.set(key, before === undefined ? value : combined(family.combine, before, value))
  }

  toString(): string {
    let text = ''
    for (const [{ name, help, type }, series] of this.#families) {
      text += `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`
      for (const [labels, value] of series) text += `${name}${labels} ${value}\n`
    }
    return text
  }
}

function combined(combine: Family['combine'], a: number, b: number): number {
  return combine === 'sum' ? a + b : combine === 'max' ? Math.max(a, b) : Math.min(a, b)
}

function labelText(names: readonly string[], values: readonly LabelValue[]): string {
  const pairs = names.flatMap((name, i) => {
    const value = values[i] ?? null
    return value === null ? [] : [`${name}="${escapeLabel(String(value))}"`]
  })
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** Text that UTF-8 has no bytes for would become the same as other such text only when it is sent. */
function escapeLabel(value: string): string {
  return value
    .toWellFormed()
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('"', '\\"')
}

function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
