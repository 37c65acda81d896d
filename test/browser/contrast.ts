/// <reference lib="dom" />
import type { Page } from 'playwright-core'

/** WCAG 2: from 1 to 21. @param colours As `#rrggbb` or `rgb(r, g, b)`. */
export function contrast(...colours: [string, string]): number {
  const [lighter, darker] = colours.map(luminance).toSorted((a, b) => b - a) as [number, number]
  return (lighter + 0.05) / (darker + 0.05)
}

/** Every text of the page that does not stand out from the colour behind it by 4.5. */
export async function contrastFaults(page: Page): Promise<string[]> {
  const texts = await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const found: Array<{ text: string; colour: string; back: string }> = []
    while (walker.nextNode() !== null) {
      const text = walker.currentNode.textContent!.trim()
      let element: Element = walker.currentNode.parentElement!
      if (text === '' || ['SCRIPT', 'STYLE'].includes(element.tagName)) continue
      const { color } = getComputedStyle(element)
      const transparent = 'rgba(0, 0, 0, 0)'
      while (getComputedStyle(element).backgroundColor === transparent) {
        if (element.parentElement === null) break
        element = element.parentElement
      }
      const back = getComputedStyle(element).backgroundColor
      found.push({ text, colour: color, back })
    }
    return found
  })
  return texts
    .filter(({ colour, back }) => contrast(colour, back) < 4.5)
    .map(({ text, colour, back }) => `${text}: ${colour} on ${back}`)
}

function luminance(colour: string): number {
  const parts = colour.startsWith('#')
    ? [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
    : colour.match(/[\d.]+/g)!.map(Number)
  const [red, green, blue] = parts.slice(0, 3).map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
