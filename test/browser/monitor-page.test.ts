/// <reference lib="dom" />
import type { Browser, Page } from 'playwright-core'
import { Broker, Consumer, Producer } from 'ringlog'
import { startMonitor, type Monitor, type MonitorConfig } from 'ringlog/monitor'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { accessibilityFaults } from './accessibility.ts'
import { openPage, connectToBrowser } from './chromium.ts'

let browser: Browser
let broker: Broker
beforeAll(async () => {
  browser = await connectToBrowser()
})
afterAll(() => browser.close())
beforeEach(async () => {
  broker = await Broker.start()
})
afterEach(() => broker.close({ timeoutMs: 100 }))

async function watch(
  width: number,
  config: MonitorConfig = {},
  colorScheme: 'light' | 'dark' = 'dark',
): Promise<{ page: Page; complaints: string[]; monitor: Monitor }> {
  const monitor = await startMonitor(broker, { intervalMs: 50, ...config })
  const opened = await openPage(browser, { viewport: { width, height: 800 }, colorScheme })
  await opened.page.goto(monitor.url)
  return { ...opened, monitor }
}

test.each([390, 1280])(
  'a group that stalls is visible as lag, each offset by itself, %i pixels wide',
  async (width) => {
    await broker.createTopic('orders')
    const producer = new Producer(broker)
    const consumer = new Consumer(broker, {
      groupId: 'billing',
      clientId: 'slow',
      autoCommit: false,
    })
    await consumer.subscribe(['orders'])
    await producer.send({ topic: 'orders', value: '0' })
    while ((await consumer.poll()).count === 0);
    await consumer.commit()
    for (let i = 1; i < 200; i++) producer.write({ topic: 'orders', value: `${i}` })
    await producer.flush()
    const { page, complaints } = await watch(width)
    const partition = page.getByRole('region', { name: 'orders-0' })
    await expect.poll(() => partition.textContent()).toContain('log-end offset: 199')
    const shown = await partition.textContent()
    expect(shown).toContain('committed offset of billing, slow, lag 199: 0')
    expect(shown).toContain('current offset of billing, slow: 0')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    expect(await accessibilityFaults(page)).toEqual([])
    expect(complaints).toEqual([])
    await page.context().close()
  },
)

test.each([390, 1280])(
  'labels of offsets are whole, however long the names are, %i pixels wide',
  async (width) => {
    await broker.createTopic('orders')
    const groupId = 'a-group-whose-name-tells-what-it-does-for-whom'
    const consumer = new Consumer(broker, { groupId, clientId: 'reports-of-the-last-month' })
    await consumer.subscribe(['orders'])
    const producer = new Producer(broker)
    const { page } = await watch(width)
    const labels = page.locator('.label')
    let written = 0
    // The marker is at the left, then in the middle, then at the right.
    for (const records of [1, 4, 20]) {
      for (let i = 0; i < records; i++) producer.write({ topic: 'orders', value: 'a' })
      await producer.flush()
      while ((await consumer.poll({ timeoutMs: 20 })).count > 0);
      await consumer.commit()
      written += records
      await expect
        .poll(() => labels.allTextContents())
        .toContainEqual(
          expect.stringMatching(new RegExp(`^committed .*${groupId}.*: ${written - 1}$`)),
        )
      await expect.poll(() => boxesOf(page, '.label').then(outOf(width))).toEqual([])
      await expect.poll(() => boxesOf(page, '.marker').then(outOf(width))).toEqual([])
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    await page.context().close()
  },
)

test('a rebalance moves colours, and is told of', async () => {
  await broker.createTopic('orders', { partitions: 2 })
  const first = new Consumer(broker, { groupId: 'billing', clientId: 'first' })
  await first.subscribe(['orders'])
  const { page } = await watch(1280)
  const colours = (): Promise<string[]> =>
    page
      .locator('.partition')
      .evaluateAll((all) => all.map((one) => getComputedStyle(one).borderLeftColor))
  await expect.poll(async () => new Set(await colours())).toEqual(new Set(['rgb(108, 178, 255)']))
  const second = new Consumer(broker, { groupId: 'billing', clientId: 'second' })
  await second.subscribe(['orders'])
  await expect
    .poll(async () => {
      await Promise.all([first, second].map((one) => one.poll({ timeoutMs: 50 })))
      return (await colours()).toSorted()
    })
    .toEqual(['rgb(108, 178, 255)', 'rgb(255, 154, 92)'])
  await expect.poll(() => page.locator('#events').textContent()).toContain('to second')
  await page.context().close()
})

test('a full ring says who holds it', async () => {
  await broker.createTopic('orders', { ringBytes: 64 * 1024 })
  const consumer = new Consumer(broker, { clientId: 'reports' })
  await consumer.assign([{ topic: 'orders', partition: 0 }])
  const producer = new Producer(broker)
  for (let i = 0; i < 100; i++) producer.write({ topic: 'orders', value: 'x'.repeat(1000) })
  const flushed = producer.flush()
  const { page } = await watch(390)
  const partition = page.getByRole('region', { name: 'orders-0' })
  await expect.poll(() => partition.textContent()).toMatch(/full: \d+ appends? waits? for reports/)
  for (let read = 0; read < 100;) read += (await consumer.poll()).count
  await flushed
  await expect.poll(() => partition.textContent()).not.toContain('full: ')
  await page.context().close()
})

test.each([
  [390, 'light'],
  [1280, 'dark'],
] as const)(
  'records are looked into by keyboard, as text, where that was asked for, %i pixels wide in %s colours',
  async (width, colours) => {
    await broker.createTopic('orders')
    const producer = new Producer(broker)
    await producer.send({ topic: 'orders', key: 'A', value: '<img src=x onerror="throw 1">' })
    const { page, complaints } = await watch(width, { records: true }, colours)
    const cells = page.getByRole('group', { name: 'offsets 0 to 0 of orders-0, next is 1' })
    await cells.waitFor()
    expect(await cells.getByRole('button', { disabled: true }).first().ariaSnapshot()).toBe(
      '- button "offset 1 of orders-0, not written yet" [disabled]: "1"',
    )
    await page.keyboard.press('Tab')
    const button = page.getByRole('button', { name: 'offset 0 of orders-0', exact: true })
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true)
    await page.keyboard.press('Enter')
    const table = page.getByRole('table', { name: 'Records of orders-0 from 0' })
    await expect
      .poll(() => table.getByRole('cell').allTextContents())
      .toEqual(['A', '<img src=x onerror="throw 1">', ''])
    await page.keyboard.press('Tab')
    const scrolling = page.getByRole('region', { name: 'Records of orders-0 from 0, table' })
    expect(await scrolling.evaluate((element) => element === document.activeElement)).toBe(true)
    expect(await accessibilityFaults(page)).toEqual([])
    expect(complaints).toEqual([])
    await page.context().close()
  },
)

test('what a reader hears of a partition has everything that is drawn', async () => {
  await broker.createTopic('orders')
  const consumer = new Consumer(broker, { groupId: 'billing', clientId: 'slow' })
  await consumer.subscribe(['orders'])
  const producer = new Producer(broker)
  for (let i = 0; i < 3; i++) await producer.send({ topic: 'orders', value: 'a' })
  const { page } = await watch(1280)
  const partition = page.getByRole('region', { name: 'orders-0' })
  await expect
    .poll(() => partition.ariaSnapshot())
    .toMatch(
      new RegExp(
        [
          '- heading "orders-0" \\[level=2\\]',
          '- paragraph: 0 records/s · ring 0 % of 16,384 KiB · 0 restarts',
          '- meter "ring of orders-0"(: .*)?',
          '- img "offsets 0 to 2 of orders-0, next is 3"(: .*)?',
          '- list "offsets of orders-0":',
          '  - listitem: "log-end offset: 2"',
          '  - listitem: "current offset of billing, slow: none"',
          '  - listitem: "committed offset of billing, slow, lag 3: none"',
        ].join('\\n\\s*'),
      ),
    )
  expect(await page.getByRole('status').textContent()).toBe('live: 1 partition, 1 group')
  await page.context().close()
})

interface Box {
  readonly text: string
  readonly left: number
  readonly right: number
  /** Whether all of its text is within it. */
  readonly isWhole: boolean
}

function boxesOf(page: Page, selector: string): Promise<Box[]> {
  return page.locator(selector).evaluateAll((all) =>
    all.map((element) => {
      const { left, right } = element.getBoundingClientRect()
      const isWhole = element.scrollWidth <= element.clientWidth + 1
      return { text: element.textContent ?? '', left, right, isWhole }
    }),
  )
}

const outOf =
  (width: number) =>
  (boxes: Box[]): Box[] =>
    boxes.filter(({ left, right, isWhole }) => left < 0 || right > width || !isWhole)
