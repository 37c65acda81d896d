import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MARKDOWN_FILES, ROOT, readText } from './markdown.ts'

/** As GitHub makes them of headings. */
function anchorsOf(file: string): string[] {
  return [...readText(file).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function brokenLinksOf(file: string): string[] {
  const broken: string[] = []
  for (const [, target] of readText(file).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https?:/.test(target!)) continue
    const [path = '', anchor] = target!.split('#')
    const full = path === '' ? file : relative(ROOT, join(ROOT, dirname(file), path))
    const isThere = existsSync(join(ROOT, full))
    if (!isThere || (anchor !== undefined && !anchorsOf(full).includes(anchor))) {
      broken.push(target!)
    }
  }
  return broken
}

/** Paths in backticks, from the repository's folder: `packages/…`, `apps/…` and the like. */
function missingPathsOf(file: string): string[] {
  return [...readText(file).matchAll(/`((?:packages|apps|examples|docs|scripts|test)\/[^`\s]*)`/g)]
    .map(([, path]) => path!)
    .filter((path) => !/[*…<{]/.test(path) && !existsSync(join(ROOT, path)))
}

describe.each(MARKDOWN_FILES)('%s', (file) => {
  test('links to what is there', () => {
    expect(brokenLinksOf(file)).toEqual([])
  })

  test('names files that are there', () => {
    expect(missingPathsOf(file)).toEqual([])
  })
})
