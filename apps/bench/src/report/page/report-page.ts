import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { BenchReport, ScenarioReport } from '../bench-report.ts'
import type { Chart, Table } from './chart.ts'
import { drawCharts } from './draw-charts.ts'
import { escaped, inScript } from './escape.ts'
import { reportCharts } from './report-charts.ts'
import { scenarioTables } from './scenario-tables.ts'

const require = createRequire(import.meta.url)

/**
 * A report as a page: one file, which needs no network. What the report does not have the figures for
 * is left out.
 */
export function reportPage(report: BenchReport): string {
  const charts = reportCharts(report)
  const failed = report.scenarios.filter(({ verified }) => !verified)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Ringlog bench, ${escaped(report.environment?.startedAt ?? 'without a date')}</title>
<style>
${readFileSync(require.resolve('uplot/dist/uPlot.min.css'), 'utf8')}
${STYLE}
</style>
</head>
<body>
<header>
<h1>Ringlog bench</h1>
${environmentList(report)}
${failed.length > 0 ? failures(failed) : KEPT}
</header>
<main>
${charts.map(chartSection).join('\n')}
${scenarioTables(report).map(tableSection).join('\n')}
</main>
<script>${inScript(readFileSync(require.resolve('uplot/dist/uPlot.iife.min.js'), 'utf8'))}</script>
<script>
const charts = ${inScript(JSON.stringify(charts))};
(${inScript(drawCharts.toString())})(charts, uPlot)
</script>
</body>
</html>
`
}

const KEPT =
  '<p>Every record of every run was counted, summed and found in its order: a scenario that loses, ' +
  'repeats or reorders one fails, and has no figures.</p>'

const ENVIRONMENT = {
  startedAt: 'Started',
  node: 'Node.js',
  ringlog: 'Ringlog',
  cpu: 'Processor',
  cores: 'Cores',
  os: 'System',
} as const

function environmentList({ environment }: BenchReport): string {
  const known = Object.entries({ ...environment }).filter(([, value]) => value !== null)
  const entries = known.map(([name, value]) => {
    const label = (ENVIRONMENT as Record<string, string>)[name] ?? name
    return `<div><dt>${escaped(label)}</dt><dd>${escaped(String(value))}</dd></div>`
  })
  return `<dl>${entries.join('')}</dl>`
}

function failures(failed: readonly ScenarioReport[]): string {
  const items = failed.map(
    ({ name, error = 'not every record was there' }) =>
      `<li><b>${escaped(name)}</b>: ${escaped(error)}</li>`,
  )
  return `<div class="failed" role="alert"><p>Failed:</p><ul>${items.join('')}</ul></div>`
}

function chartSection(chart: Chart, index: number): string {
  const title = escaped(chart.title)
  return `<section aria-labelledby="chart-${index}">
<h2 id="chart-${index}">${title}</h2>
<p id="note-${index}">${escaped(chart.note)}</p>
<div class="plot" role="img" aria-label="${title}. The table below has its numbers." aria-describedby="note-${index}"></div>
${legend(chart)}
<details>
<summary>Table: ${title}</summary>
${scrollingTable(chart.title, chart.table)}
</details>
</section>`
}

/** Lines differ by their dashes as well, bars by the beginning of their names. */
function legend(chart: Chart): string {
  if (chart.shape === 'bars' && chart.bars.every(({ kind }) => kind === 'ringlog')) return ''
  const entries =
    chart.shape === 'bars'
      ? ['Ringlog', 'limits of the machine', 'rivals']
      : chart.lines.map(({ name }) => name)
  const items = entries.map(
    (name, index) =>
      `<li><svg width="28" height="10" aria-hidden="true" data-line="${index}"><line x1="0" y1="5" x2="28" y2="5"/></svg>${escaped(name)}</li>`,
  )
  return `<ul class="legend">${items.join('')}</ul>`
}

function tableSection({ title, table }: { title: string; table: Table }): string {
  return `<section><h2>${escaped(title)}</h2>
${scrollingTable(title, table)}
</section>`
}

/** What is wider than the screen scrolls by itself, by keyboard as well. */
function scrollingTable(title: string, { head, rows }: Table): string {
  const heads = head.map((text) => `<th scope="col">${escaped(text)}</th>`)
  const lines = rows.map(([name = '', ...cells]) => {
    const data = cells.map((text) => `<td>${escaped(text)}</td>`)
    return `<tr><th scope="row">${escaped(name)}</th>${data.join('')}</tr>`
  })
  return `<div class="table" role="region" aria-label="${escaped(title)}, table" tabindex="0"><table>
<caption>${escaped(title)}</caption>
<thead><tr>${heads.join('')}</tr></thead>
<tbody>
${lines.join('\n')}
</tbody>
</table></div>`
}

const STYLE = `
:root { --text: #1a1a1a; --back: #fff; --quiet: #595959; --grid: #d6d6d6; --failed: #b3261e; --focus: #0b62c4;
  --line-0: #0b62c4; --line-1: #c2410c; --line-2: #15803d; --line-3: #7c3aed; --line-4: #8a6100; --line-5: #be185d }
@media (prefers-color-scheme: dark) {
  :root { --text: #e8e8e8; --back: #161616; --quiet: #a8a8a8; --grid: #3a3a3a; --failed: #ff8a80; --focus: #6cb2ff;
    --line-0: #6cb2ff; --line-1: #ff9a5c; --line-2: #5fd08a; --line-3: #c4a5ff; --line-4: #e6c44d; --line-5: #ff8fc0 }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1rem; max-width: 64rem; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); overflow-wrap: anywhere }
h1 { font-size: 1.5rem; margin: 0 0 0.5rem } h2 { font-size: 1.1rem; margin: 2.5rem 0 0.25rem } p { margin: 0.25rem 0 }
section > p, dt, caption { color: var(--quiet) }
dl { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; margin: 0 0 0.5rem } dd { margin: 0 } dt { font-size: 0.85rem }
.failed { color: var(--failed) }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin: 0.25rem 0; padding: 0; list-style: none; font-size: 0.9rem }
.legend svg { margin-right: 0.4rem; vertical-align: middle } .legend line { stroke-width: 3 }
summary { cursor: pointer; padding: 0.25rem 0 }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px }
.table { overflow-x: auto } table { border-collapse: collapse; font-size: 0.9rem; overflow-wrap: normal }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
th, td { padding: 0.2rem 0.8rem 0.2rem 0; border-bottom: 1px solid var(--grid); text-align: right; vertical-align: top; font-variant-numeric: tabular-nums; white-space: nowrap }
th:first-child { text-align: left } thead th { font-weight: 600 } tbody th { font-weight: 400; white-space: normal; min-width: 9rem; max-width: 16rem }
`
