/// <reference lib="dom" />
import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** WCAG 2.2 up to AA, and what is good practice beside it. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What of the page is out of reach of a reader without eyes, hands or colours, as far as axe-core finds it. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // A page's policy refuses scripts that are added to it, and not what a debugger evaluates.
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(
    (rules) => (globalThis as unknown as { axe: typeof axe }).axe.run(document, { runOnly: rules }),
    RULES,
  )
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, any }) => {
      const why = any.map(({ message }) => message).join('; ')
      return `${id}: ${help}: ${html}${why === '' ? '' : ` (${why})`}`
    }),
  )
}
