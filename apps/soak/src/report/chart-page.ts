import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Disturbance } from '../disturb.ts'
import type { Sample } from '../sample.ts'
import type { Judgement } from '../verdict.ts'
import { CHARTS } from './charts.ts'
import { drawCharts } from './draw-charts.ts'

/** What a page shows. */
export interface SoakFigures {
  readonly minutes: number
  readonly recordsPerSecond: number
  readonly judgements: readonly Judgement[]
  readonly disturbances: readonly Disturbance[]
  readonly samples: readonly Sample[]
}

const require = createRequire(import.meta.url)

/** One file with everything in it: it needs no network, and follows the reader's colours and screen. */
export function chartPage(figures: SoakFigures): string {
  const { minutes, recordsPerSecond, judgements, disturbances } = figures
  const isKept = judgements.every((judgement) => judgement.isKept)
  const rows = judgements
    .map(
      (judgement) =>
        `<tr><td>${judgement.isKept ? '✓' : '✗ broken'}</td><td>${escaped(judgement.what)}</td>` +
        `<td>${escaped(judgement.facts)}</td></tr>`,
    )
    .join('\n')
  const data = JSON.stringify({ samples: figures.samples, disturbances, charts: CHARTS })
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Ringlog soak: ${isKept ? 'kept' : 'broken'}</title>
<style>
${readFileSync(require.resolve('uplot/dist/uPlot.min.css'), 'utf8')}
:root { --text: #1a1a1a; --back: #fff; --grid: #ddd; --one: #0b62c4; --two: #c2410c; --three: #15803d }
@media (prefers-color-scheme: dark) {
  :root { --text: #e8e8e8; --back: #161616; --grid: #3a3a3a; --one: #6cb2ff; --two: #ff9a5c; --three: #5fd08a }
}
body { margin: 0 auto; padding: 1rem; max-width: 70rem; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back) }
h1 { font-size: 1.4rem } h2 { font-size: 1rem; margin: 1.5rem 0 0.25rem }
.table { overflow-x: auto } table { border-collapse: collapse } td { padding: 0.2rem 0.8rem 0.2rem 0; border-bottom: 1px solid var(--grid); vertical-align: top }
.u-legend { font-size: 0.85rem; text-align: left }
</style>
<h1>${minutes} minutes, ${recordsPerSecond} records/s from each producer: ${isKept ? 'every promise kept' : 'a promise broken'}</h1>
<div class="table"><table>
${rows}
</table></div>
<p>${disturbances.length} times a thread was killed, or a group rebalanced: a line stands where each was.</p>
<main></main>
<script>${inScript(readFileSync(require.resolve('uplot/dist/uPlot.iife.min.js'), 'utf8'))}</script>
<script>const figures = ${inScript(data)};
(${drawCharts.toString()})(figures, uPlot)</script>
</html>
`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

/** Within a script nothing may look like its end. */
function inScript(text: string): string {
  return text.replaceAll('</', '<\\/')
}
