import parse, { type ParsedFamily } from 'parse-prometheus-text-format'
import { expect } from 'vitest'

const METRIC =
  /^ringlog_[a-z_]+(\{[a-z_]+="(?:[^"\\\n]|\\[\\n"])*"(?:,[a-z_]+="(?:[^"\\\n]|\\[\\n"])*")*\})? -?\d+(\.\d+)?(e[+-]?\d+)?$/

/** A sample: its name, its labels as they were before they were escaped, and its value. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Reads a scrape as another program's parser does, and holds it against the rules that it is lenient about. */
export function readScrape(text: string): { families: ParsedFamily[]; samples: Sample[] } {
  const families = parse(text)
  const declared = new Set<string>()
  const series = new Set<string>()
  const faults: string[] = text.endsWith('\n') ? [] : ['the last line does not end']
  let name = ''
  for (const line of text.slice(0, -1).split('\n')) {
    const labelled = line.slice(0, line.lastIndexOf(' '))
    if (line.startsWith('# HELP ')) {
      name = line.split(' ')[2]!
      if (declared.has(name)) faults.push(`twice: ${line}`)
      declared.add(name)
    } else if (line.startsWith('# TYPE ')) {
      const type = name.endsWith('_total') ? 'counter' : 'gauge'
      if (line !== `# TYPE ${name} ${type}`) faults.push(line)
    } else {
      if (!METRIC.test(line)) faults.push(line)
      if (line.split(/[{ ]/, 1)[0] !== name) faults.push(`apart from its family: ${line}`)
      if (series.has(labelled)) faults.push(`twice: ${line}`)
      series.add(labelled)
    }
  }
  expect(faults).toEqual([])
  expect(families.map((family) => family.name)).toEqual([...declared])
  const samples = families.flatMap((family) =>
    family.metrics.map(({ labels = {}, value }) => {
      return { name: family.name, labels, value: Number(value) }
    }),
  )
  expect(samples).toHaveLength(series.size)
  return { families, samples }
}
