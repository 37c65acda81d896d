/// <reference lib="dom" />
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reportPage } from '../../apps/bench/src/report/page/report-page.ts'
import { accessibilityFaults } from './accessibility.ts'
import { drawnTexts, openPage, pixelsOf, connectToBrowser } from './chromium.ts'
import { contrast } from './contrast.ts'
import { HOSTILE_NAME, SAMPLE_REPORT } from './sample-report.ts'

const FILE = pathToFileURL(join(tmpdir(), `ringlog-bench-${process.pid}.html`))
const HTML = reportPage(SAMPLE_REPORT)
const TITLES = [
  'Records per second, values of 100 bytes',
  'Processor time of a record in all threads, µs',
  'Latency by percentile, µs',
  'Records per second by partitions',
  'Records per second by consumers',
  'Ratios of records per second',
  'Ratios of processor time',
  'Rate over time: shared-1p1c',
  'Processor time of a record by thread, ns: shared-1p1c',
  'Which threads ran on which core, % of the core: shared-1p1c',
]

let browser: Browser
beforeAll(async () => {
  await writeFile(FILE, HTML)
  browser = await connectToBrowser()
})
afterAll(async () => {
  await browser.close()
  await rm(FILE)
})

async function open(
  width: number,
  colorScheme: 'light' | 'dark' = 'light',
): Promise<{ page: Page; complaints: string[] }> {
  const viewport = { width, height: 800 }
  const opened = await openPage(browser, { viewport, colorScheme, offline: true })
  await opened.page.goto(FILE.href)
  return opened
}

describe.each([390, 1280])('the page of a report, %i pixels wide', (width) => {
  test('draws every chart, with its marks and labels, and complains of nothing', async () => {
    const { page, complaints } = await open(width)
    expect(await page.locator('section:has(.plot) h2').allTextContents()).toEqual(TITLES)
    const texts = (await drawnTexts(page)).map((of) => of.map(({ text }) => text))
    expect(texts).toHaveLength(TITLES.length)
    expect(texts[0]).toContain('shared-1p1c')
    expect(texts[0]).toContain('12.3 M (9.88 M – 13.6 M)')
    expect(texts[2]).toEqual(expect.arrayContaining(['percentile', '50 %', '99.9 %', 'max', '100']))
    expect(texts[3]).toEqual(expect.arrayContaining(['partitions', '1', '8']))
    expect(texts[5]).toContain('19 (15.1 – 22)')
    expect(texts[7]).toEqual(expect.arrayContaining(['seconds', 'records/s', '-2', '0', '2']))
    expect(texts[8]).toEqual(expect.arrayContaining(['producer-0', 'consumer-0']))
    expect(texts[9]).toEqual(expect.arrayContaining(['run 1, core 0: producer-0 75', '75 %']))
    for (const [index, pixels] of (await pixelsOf(page, '#0b62c4')).entries()) {
      expect(pixels, TITLES[index]).toBeGreaterThan(50)
    }
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('cuts nothing off', async () => {
    const { page } = await open(width)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    const sizes = await page
      .locator('canvas')
      .evaluateAll((all) => all.map((canvas) => [canvas.clientWidth, canvas.clientHeight]))
    for (const [index, texts] of (await drawnTexts(page)).entries()) {
      const [canvasWidth, canvasHeight] = sizes[index]!
      for (const { text, left, right, top, bottom } of texts) {
        const where = `${TITLES[index]}: ${text}`
        expect(left, where).toBeGreaterThanOrEqual(0)
        expect(right, where).toBeLessThanOrEqual(canvasWidth!)
        expect(top, where).toBeGreaterThanOrEqual(0)
        expect(bottom, where).toBeLessThanOrEqual(canvasHeight!)
      }
      expect(overlaps(texts), TITLES[index]).toEqual([])
    }
    await page.context().close()
  })
})

describe('the page of a report', () => {
  test.each([
    ['light', 390],
    ['dark', 1280],
  ] as const)(
    'is legible and within reach in %s colours, %i pixels wide',
    async (colours, width) => {
      const { page } = await open(width, colours)
      await page.locator('details').evaluateAll((all: HTMLDetailsElement[]) => {
        for (const details of all) details.open = true
      })
      expect(await accessibilityFaults(page)).toEqual([])
      const back = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      expect(contrast(back, colours === 'dark' ? '#000000' : '#ffffff')).toBeLessThan(1.5)
      for (const { text, colour } of (await drawnTexts(page)).flat()) {
        expect(contrast(colour, back), text).toBeGreaterThanOrEqual(4.5)
      }
      for (const mark of await page.locator('[data-line]').all()) {
        const colour = await mark.evaluate((element) => getComputedStyle(element).stroke)
        expect(contrast(colour, back)).toBeGreaterThanOrEqual(3)
      }
      await page.context().close()
    },
  )

  test('follows the reader who changes to dark colours, and turns the phone', async () => {
    const { page, complaints } = await open(390)
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect
      .poll(() => pixelsOf(page, '#6cb2ff').then((all) => Math.min(...all)))
      .toBeGreaterThan(50)
    await page.setViewportSize({ width: 800, height: 390 })
    await expect
      .poll(() =>
        page
          .locator('canvas')
          .first()
          .evaluate((canvas) => canvas.clientWidth),
      )
      .toBeGreaterThan(700)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('has a table behind each chart, which the keyboard opens, reaches and scrolls', async () => {
    const { page } = await open(390)
    const focused = (): Promise<string> =>
      page.evaluate(() => document.activeElement?.textContent?.trim() ?? '')
    expect(await page.getByRole('img').count()).toBe(TITLES.length)
    for (const title of TITLES) {
      const chart = page.getByRole('region', { name: title, exact: true }).getByRole('img')
      expect(await chart.getAttribute('aria-label')).toBe(
        `${title}. The table below has its numbers.`,
      )
      await page.keyboard.press('Tab')
      expect(await focused()).toBe(`Table: ${title}`)
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      const region = page.getByRole('region', { name: `${title}, table` })
      expect(await region.evaluate((element) => element === document.activeElement)).toBe(true)
      const table = region.getByRole('table', { name: title })
      expect(await table.getByRole('columnheader').count()).toBeGreaterThan(1)
      expect(await table.getByRole('rowheader').count()).toBe(
        await table.locator('tbody tr').count(),
      )
    }
    const all = page.getByRole('region', { name: 'Every scenario, with its parameters, table' })
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => all.evaluate((element) => element.scrollLeft)).toBeGreaterThan(0)
    expect(await all.getByRole('row', { name: /^shared-1p3c/ }).textContent()).toContain(
      '20,000,000',
    )
    const beside = page.getByRole('table', { name: 'What there was beside each run' })
    expect(await beside.getByRole('row', { name: /^shared-1p1c 2/ }).textContent()).toContain(
      '12.5',
    )
    expect(await beside.getByRole('row', { name: /^shared-1p1c 2/ }).textContent()).toContain(
      'consumer-0 + partition-bench 85 %',
    )
    await page.context().close()
  })

  test('shows names of users as they are, and runs none of them', async () => {
    const { page, complaints } = await open(1280)
    const names = await page.locator('tbody th').allTextContents()
    expect(names.filter((name) => name === HOSTILE_NAME).length).toBeGreaterThan(2)
    expect(await page.locator('img').count()).toBe(0)
    expect(await page.getByRole('alert').textContent()).toContain(
      'lossy: received 9 of <10> records',
    )
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('tells of a report of an older bench what there is', async () => {
    const { page, complaints } = await openPage(browser)
    const old = {
      scenarios: [{ name: 'a', recordsPerSecond: { min: 1, median: 2, max: null } }, { name: 'b' }],
    }
    await page.setContent(reportPage(old as never))
    expect(await page.locator('section').count()).toBe(1)
    expect(complaints).toEqual([])
    await page.context().close()
  })
})

/** Texts of one canvas that lie over each other. */
function overlaps(texts: Awaited<ReturnType<typeof drawnTexts>>[0]): string[] {
  return texts.flatMap((a, i) =>
    texts
      .slice(i + 1)
      .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
      .map((b) => `${a.text} over ${b.text}`),
  )
}
