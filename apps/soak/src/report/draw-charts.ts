import type { Disturbance } from '../disturb.ts'
import type { Sample } from '../sample.ts'
import type { Chart } from './charts.ts'

/** The little of uPlot, and of a browser, that the page needs: it is compiled here, and runs there. */
interface Plot {
  readonly ctx: { [name: string]: unknown } & Record<string, (...args: number[]) => void>
  readonly bbox: { readonly top: number; readonly height: number }
  valToPos(value: number, scale: string, isCanvas: boolean): number
  setSize(size: { width: number; height: number }): void
  destroy(): void
}
type PlotClass = new (options: object, data: unknown[], parent: unknown) => Plot

/**
 * Draws a page's charts. It runs in a browser, as the text that it is: it uses nothing of this module.
 */
export function drawCharts(
  figures: {
    readonly samples: readonly Sample[]
    readonly disturbances: readonly Disturbance[]
    readonly charts: readonly Chart[]
  },
  uPlot: PlotClass,
): void {
  const browser = globalThis as unknown as {
    document: {
      querySelector(name: string): { append(node: unknown): void; clientWidth: number }
      createElement(name: string): { textContent: string }
      documentElement: object
    }
    getComputedStyle(element: object): { getPropertyValue(name: string): string }
    matchMedia(query: string): { addEventListener(type: string, run: () => void): void }
    addEventListener(type: string, run: () => void): void
  }
  const { document } = browser
  const main = document.querySelector('main')
  const seconds = figures.samples.map(({ second }) => second / 60)
  const size = (): { width: number; height: number } => {
    const width = main.clientWidth
    return { width, height: Math.max(180, Math.min(280, width / 3)) }
  }
  const colour = (name: string): string =>
    browser.getComputedStyle(document.documentElement).getPropertyValue(`--${name}`)

  const markDisturbances = (plot: Plot): void => {
    const { ctx, bbox } = plot
    ctx['save']!()
    ctx['strokeStyle'] = colour('grid') as never
    for (const { second } of figures.disturbances) {
      const x = plot.valToPos(second / 60, 'x', true)
      ctx['beginPath']!()
      ctx['moveTo']!(x, bbox.top)
      ctx['lineTo']!(x, bbox.top + bbox.height)
      ctx['stroke']!()
    }
    ctx['restore']!()
  }

  const parents = figures.charts.map(({ title }) => {
    const heading = document.createElement('h2')
    heading.textContent = title
    const parent = document.createElement('div')
    main.append(heading)
    main.append(parent)
    return parent
  })
  let plots: Plot[] = []
  const draw = (): void => {
    for (const plot of plots) plot.destroy()
    const axis = { stroke: colour('text'), grid: { stroke: colour('grid') } }
    const colours = ['one', 'two', 'three'].map(colour)
    plots = figures.charts.map(({ lines, unit }, index) => {
      const series = lines.map(({ label }, i) => ({ label, stroke: colours[i], width: 1.5 }))
      const options = {
        ...size(),
        scales: {
          x: { time: false },
          y: { range: (_: Plot, min: number, max: number) => [Math.min(0, min), max * 1.05 || 1] },
        },
        axes: [
          { ...axis, label: 'minutes' },
          { ...axis, size: 70 },
        ],
        series: [{ label: 'minute' }, ...series],
        hooks: { drawAxes: [markDisturbances] },
      }
      const data = lines.map(({ of }) => figures.samples.map((sample) => sample[of] / unit))
      return new uPlot(options, [seconds, ...data], parents[index])
    })
  }
  draw()
  browser.addEventListener('resize', () => {
    for (const plot of plots) plot.setSize(size())
  })
  browser.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
}
