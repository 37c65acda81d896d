/// <reference lib="dom" />
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { inject } from 'vitest'

/** What a canvas was told to write, where it lies in CSS pixels of its canvas, and in which colour. */
export interface DrawnText {
  readonly text: string
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  readonly colour: string
}

/** The browser that `browser-server.ts` has started. Closing it closes what was opened by it, and no more. */
export function connectToBrowser(): Promise<Browser> {
  return chromium.connect(inject('browserUrl'))
}

/** A page in a context of its own; `complaints` gets what its console and its scripts complain of. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext(options)
  await context.addInitScript(recordTexts)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`))
  return { page, complaints }
}

/** Of each canvas of the page, in its order, the texts drawn on it. */
export function drawnTexts(page: Page): Promise<DrawnText[][]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('canvas')].map(
      (canvas) => (canvas as unknown as { texts?: DrawnText[] }).texts ?? [],
    ),
  )
}

/** How many pixels of each canvas are of that colour, given as `#rrggbb`. */
export function pixelsOf(page: Page, colour: string): Promise<number[]> {
  return page.evaluate((hex) => {
    const wanted = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
    return [...document.querySelectorAll('canvas')].map((canvas) => {
      const { width, height } = canvas
      // The browser complains of a canvas that is read more than once and was not made for that; the page's are not.
      const context = new OffscreenCanvas(width, height).getContext('2d', {
        willReadFrequently: true,
      })!
      context.drawImage(canvas, 0, 0)
      const { data } = context.getImageData(0, 0, width, height)
      let count = 0
      for (let i = 0; i < data.length; i += 4) {
        if (wanted.every((part, j) => Math.abs(data[i + j]! - part) < 3) && data[i + 3]! > 250)
          count++
      }
      return count
    })
  }, colour)
}

/** Runs in the browser, before the page's own scripts. */
function recordTexts(): void {
  const { prototype } = CanvasRenderingContext2D
  // oxlint-disable-next-line typescript/unbound-method -- it is called on the context below
  const original = prototype.fillText
  prototype.fillText = function (text: string, x: number, y: number): void {
    original.call(this, text, x, y)
    const metrics = this.measureText(text)
    const at = (dx: number, dy: number): DOMPoint =>
      this.getTransform().transformPoint(new DOMPoint(x + dx, y + dy))
    const corners = [
      at(-metrics.actualBoundingBoxLeft, -metrics.actualBoundingBoxAscent),
      at(metrics.actualBoundingBoxRight, metrics.actualBoundingBoxDescent),
    ]
    const xs = corners.map((corner) => corner.x / devicePixelRatio)
    const ys = corners.map((corner) => corner.y / devicePixelRatio)
    const canvas = this.canvas as HTMLCanvasElement & { texts?: DrawnText[] }
    canvas.texts ??= []
    canvas.texts.push({
      text,
      left: Math.min(...xs),
      right: Math.max(...xs),
      top: Math.min(...ys),
      bottom: Math.max(...ys),
      colour: this.fillStyle as string,
    })
  }
}
