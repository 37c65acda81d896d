import { randomBytes } from 'node:crypto'
import { drawMonitor } from './draw-monitor.ts'

/** The page: one text, which loads nothing but its stream. Its script may run, and no other. */
export function monitorPage(hasRecords: boolean): { html: string; contentSecurityPolicy: string } {
  const nonce = randomBytes(16).toString('base64')
  return {
    contentSecurityPolicy:
      `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'unsafe-inline'; ` +
      "connect-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Ringlog monitor</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<header><h1>Ringlog</h1><p id="state" role="status">waiting for the broker …</p><ul id="groups" aria-label="Groups"></ul></header>
<main>
<div id="partitions"></div>
<section id="records" aria-live="polite" hidden></section>
<section aria-labelledby="happened"><h2 id="happened">What has happened</h2><ol id="events" aria-live="polite"></ol></section>
</main>
<script nonce="${nonce}">const __name = (named) => named;
(${drawMonitor.toString()})(${hasRecords})</script>
</body>
</html>
`,
  }
}

const STYLE = `
:root { --text: #1a1a1a; --back: #fff; --quiet: #595959; --grid: #767676; --gone: #ececec; --alarm: #b3261e;
  --member-0: #0b62c4; --member-1: #b83c0a; --member-2: #147a3a; --member-3: #7c3aed; --member-4: #7d5800; --member-5: #be185d }
@media (prefers-color-scheme: dark) {
  :root { --text: #e8e8e8; --back: #161616; --quiet: #a8a8a8; --grid: #7a7a7a; --gone: #2c2c2c; --alarm: #ff8a80;
    --member-0: #6cb2ff; --member-1: #ff9a5c; --member-2: #5fd08a; --member-3: #c4a5ff; --member-4: #e6c44d; --member-5: #ff8fc0 }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1rem; max-width: 80rem; font: 15px/1.4 system-ui, sans-serif; color: var(--text); background: var(--back); overflow-wrap: anywhere }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1rem; margin: 1.5rem 0 0.25rem } p { margin: 0.2rem 0 } ul, ol { margin: 0; padding: 0; list-style: none }
.facts { color: var(--quiet); font-variant-numeric: tabular-nums } .alarm { color: var(--alarm); font-weight: 600 }
.cells { display: flex } .cell { flex: 1 1 0; min-width: 0; height: 2.2rem; padding: 0; border: 1px solid var(--grid); border-left-width: 0; font: 11px/1 system-ui, sans-serif; color: var(--text); background: var(--back); display: grid; place-items: center; overflow: hidden }
.cell:first-child { border-left-width: 1px } .cell.gone { background: var(--gone); color: var(--quiet) } .cell.next { border-style: dashed; color: var(--quiet) }
button.cell { cursor: pointer } :focus-visible { outline: 3px solid var(--member-0); outline-offset: 1px }
.track { position: relative; min-height: 1.3rem; font-size: 0.8rem }
.marker { position: absolute; left: 0; width: 14px; text-align: center } .marker, .label { transition: transform 0.2s linear }
.label { display: block; width: max-content; white-space: nowrap } .label.below { width: auto; white-space: normal; padding-top: 1rem }
@media (prefers-reduced-motion: reduce) { .marker, .label { transition: none } }
.swatch { display: inline-block; width: 0.7rem; height: 0.7rem; margin-right: 0.3rem }
meter { width: 8rem; vertical-align: middle } .scrolling { overflow-x: auto } table { border-collapse: collapse } th, td { text-align: left; padding: 0.2rem 0.8rem 0.2rem 0; border-bottom: 1px solid var(--grid); font-weight: 400; vertical-align: top }
`
