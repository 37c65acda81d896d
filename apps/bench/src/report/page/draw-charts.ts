/// <reference lib="dom" />
/* oxlint-disable unicorn/consistent-function-scoping -- the one function alone gets to the browser */
import type uPlot from 'uplot'
import type { BarChart, Chart, LineChart } from './chart.ts'

/**
 * Draws a page's charts. It runs in a browser, as the text that it is: it uses nothing of this module.
 */
export function drawCharts(charts: readonly Chart[], Plot: typeof uPlot): void {
  const ROW_HEIGHT = 42
  const BAR_HEIGHT = 14
  const KINDS = ['ringlog', 'limit', 'rival']
  const COLOURS = 6
  const DASHES = [[], [8, 4], [2, 3], [12, 4, 2, 4]]
  const parents = [...document.querySelectorAll<HTMLElement>('.plot')]

  const colour = (name: string): string =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
  const lineColour = (index: number): string => colour(`line-${index % COLOURS}`)
  const lineDash = (index: number): number[] => DASHES[Math.floor(index / COLOURS) % DASHES.length]!
  const short = (value: number): string =>
    new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 }).format(value)
  /** Of a power of two. */
  const ratio = (value: number): string => (value < 1 ? `1/${1 / value}` : String(value))
  const font = (size: number): string => `${size}px system-ui, sans-serif`
  const axis = (): uPlot.Axis => ({
    stroke: colour('quiet'),
    font: font(12),
    labelFont: font(12),
    grid: { stroke: colour('grid'), width: 1 },
    ticks: { stroke: colour('grid'), width: 1 },
  })

  /** What does not fit ends in an ellipsis; the table has it whole. */
  const fitting = (ctx: CanvasRenderingContext2D, text: string, width: number): string => {
    if (ctx.measureText(text).width <= width) return text
    let end = text.length
    while (end > 0 && ctx.measureText(`${text.slice(0, end)}…`).width > width) end--
    return `${text.slice(0, end)}…`
  }

  const drawRange = (plot: uPlot, from: [number, number], to: [number, number]): void => {
    const { ctx } = plot
    const [isFlat, cap] = [from[1] === to[1], 4 * devicePixelRatio]
    ctx.beginPath()
    ctx.moveTo(...from)
    ctx.lineTo(...to)
    for (const [x, y] of [from, to]) {
      ctx.moveTo(x - (isFlat ? 0 : cap), y - (isFlat ? cap : 0))
      ctx.lineTo(x + (isFlat ? 0 : cap), y + (isFlat ? cap : 0))
    }
    ctx.stroke()
  }

  const labelBars = (plot: uPlot, { bars }: BarChart): void => {
    const { ctx, bbox } = plot
    ctx.save()
    ctx.font = font(12 * devicePixelRatio)
    ctx.fillStyle = colour('text')
    ctx.strokeStyle = colour('text')
    ctx.lineWidth = 1.5 * devicePixelRatio
    ctx.textBaseline = 'bottom'
    for (const [index, { name, text, min, max }] of bars.entries()) {
      const y = plot.valToPos(index, 'x', true)
      const above = y - (BAR_HEIGHT / 2 + 2) * devicePixelRatio
      const numbers = ctx.measureText(text).width
      ctx.textAlign = 'left'
      const gap = 12 * devicePixelRatio
      ctx.fillText(fitting(ctx, name, bbox.width - numbers - gap), bbox.left, above)
      ctx.textAlign = 'right'
      ctx.fillText(text, bbox.left + bbox.width, above)
      if (min === undefined || max === undefined || min === max) continue
      drawRange(plot, [plot.valToPos(min, 'y', true), y], [plot.valToPos(max, 'y', true), y])
    }
    ctx.restore()
  }

  const barPlot = (chart: BarChart, width: number): [uPlot.Options, uPlot.AlignedData] => {
    const { bars, base } = chart
    const ends = bars.flatMap(({ median, min, max }) => [median, min ?? median, max ?? median])
    const largest = Math.max(...ends)
    // Of ratios, equal is in the middle, and both sides are as long: three steps of a power of two.
    const step = Math.ceil(Math.log2(Math.max(largest, ...ends.map((end) => 1 / end), 2)) / 3)
    const powers = [-3, -2, -1, 0, 1, 2, 3].map((times) => 2 ** (times * step))
    const range: [number, number] =
      base === 1 ? [powers[0]!, powers.at(-1)!] : [0, largest * 1.05 || 1]
    const paths = Plot.paths.bars!({ size: [1, BAR_HEIGHT] })
    return [
      {
        width,
        height: bars.length * ROW_HEIGHT + 40,
        padding: [10, 24, 0, 24],
        cursor: { show: false },
        legend: { show: false },
        scales: {
          x: { time: false, ori: 1, dir: -1, range: [-0.6, bars.length - 0.4] },
          y: { ori: 0, distr: base === 1 ? 3 : 1, log: 2, range },
        },
        axes: [
          { show: false, side: 3 },
          {
            ...axis(),
            side: 2,
            size: 30,
            space: 70,
            ...(base === 1 && { splits: powers, filter: (_: uPlot, splits: number[]) => splits }),
            values: (_, splits) => splits.map(base === 1 ? ratio : short),
          },
        ],
        series: [
          {},
          ...KINDS.map((kind, index) => ({
            label: kind,
            fill: lineColour(index),
            width: 0,
            paths,
            points: { show: false },
            fillTo: base,
          })),
        ],
        hooks: { draw: [(plot) => labelBars(plot, chart)] },
      },
      [
        bars.map((_, index) => index),
        ...KINDS.map((kind) => bars.map((bar) => (bar.kind === kind ? bar.median : null))),
      ],
    ]
  }

  const rangesOf = (plot: uPlot, { xs, lines }: LineChart): void => {
    const { ctx } = plot
    ctx.save()
    ctx.lineWidth = 1.5 * devicePixelRatio
    for (const [index, { lows, highs }] of lines.entries()) {
      ctx.strokeStyle = lineColour(index)
      for (const [i, { at }] of xs.entries()) {
        const [low, high] = [lows?.[i] ?? null, highs?.[i] ?? null]
        if (low === null || high === null) continue
        const x = plot.valToPos(at, 'x', true)
        drawRange(plot, [x, plot.valToPos(low, 'y', true)], [x, plot.valToPos(high, 'y', true)])
      }
    }
    ctx.restore()
  }

  const linePlot = (chart: LineChart, width: number): [uPlot.Options, uPlot.AlignedData] => {
    const { xs, lines, isLogarithmic, xLabel, yLabel } = chart
    const all = lines.flatMap(({ values, highs = [] }) => [...values, ...highs])
    const known = all.filter((value) => value !== null)
    const [lowest, highest] = [Math.min(...known), Math.max(...known)]
    const powerOf10 = (value: number, round: (n: number) => number): number =>
      10 ** round(Math.log10(value))
    const range: [number, number] = isLogarithmic
      ? [powerOf10(lowest, Math.floor), powerOf10(highest * 1.01, Math.ceil)]
      : [0, highest * 1.05 || 1]
    const labelled = xs.filter(({ label }) => label !== '')
    const room = (xs.at(-1)!.at - xs[0]!.at) * 0.05
    return [
      {
        width,
        height: Math.max(260, Math.min(380, width / 2)),
        padding: [14, 24, 0, 0],
        cursor: { show: false },
        legend: { show: false },
        scales: {
          x: { time: false, range: [xs[0]!.at - room, xs.at(-1)!.at + room] },
          y: { distr: isLogarithmic ? 3 : 1, log: 10, range },
        },
        axes: [
          {
            ...axis(),
            label: xLabel,
            labelSize: 20,
            splits: labelled.map(({ at }) => at),
            values: labelled.map(({ label }) => label),
          },
          {
            ...axis(),
            label: yLabel,
            labelSize: 20,
            size: 54,
            values: (_, splits) => splits.map((split) => (split === null ? '' : short(split))),
          },
        ],
        series: [
          {},
          ...lines.map(({ name }, index) => ({
            label: name,
            stroke: lineColour(index),
            dash: lineDash(index),
            width: 2,
            points: { show: labelled.length === xs.length, size: 7, fill: lineColour(index) },
          })),
        ],
        hooks: { draw: [(plot) => rangesOf(plot, chart)] },
      },
      [xs.map(({ at }) => at), ...lines.map(({ values }) => [...values])],
    ]
  }

  let plots: uPlot[] = []
  const draw = (): void => {
    for (const plot of plots) plot.destroy()
    plots = charts.map((chart, index) => {
      const parent = parents[index]!
      const [options, data] =
        chart.shape === 'bars'
          ? barPlot(chart, parent.clientWidth)
          : linePlot(chart, parent.clientWidth)
      return new Plot(options, data, parent)
    })
    for (const mark of document.querySelectorAll<SVGElement>('[data-line]')) {
      const index = Number(mark.dataset['line'])
      mark.style.stroke = lineColour(index)
      mark.style.strokeDasharray = lineDash(index).join(' ')
    }
  }
  draw()

  let drawnWidth = innerWidth
  addEventListener('resize', () => {
    // A phone's browser says so as well when it hides its address bar.
    if (innerWidth === drawnWidth) return
    drawnWidth = innerWidth
    draw()
  })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
}
