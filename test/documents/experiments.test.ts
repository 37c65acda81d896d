import { expect, test } from 'vitest'
import { BUILT_IN_SCENARIOS } from '../../apps/bench/src/scenarios/index.ts'
import { codeBlocksOf, readText } from './markdown.ts'

const DOCUMENT = 'docs/experiments.md'

const scenarios = await Promise.all(
  BUILT_IN_SCENARIOS.map(async ({ href }) => (await import(href)) as { default: Scenario }),
)
const NAMES = new Set(scenarios.map((module) => module.default.name))

interface Scenario {
  readonly name: string
}

test('there are five experiments, each with a command', () => {
  const sections = readText(DOCUMENT).split(/^## /m).slice(1, -1)
  expect(sections).toHaveLength(5)
  for (const section of sections) expect(section).toContain('\nnpm run bench -- --scenario ')
})

test('names scenarios that the bench has', () => {
  const blocks = codeBlocksOf(DOCUMENT).map(({ text }) => text)
  const run = blocks.flatMap((text) =>
    [...text.matchAll(/--scenario (\S+)/g)].map(([, name]) => name!),
  )
  expect(run.filter((name) => !NAMES.has(name))).toEqual([])
})

test('says of what is measured what the scenarios call it', () => {
  const sources = BUILT_IN_SCENARIOS.map(({ pathname }) => pathname)
  const named = readText(DOCUMENT).matchAll(/`(\w+(?:Percent\w*|Mebibytes|Ms))`/g)
  const figures = [...named].map(([, name]) => name!)
  expect(figures.length).toBeGreaterThan(3)
  const texts = sources.map((path) => readText(path.slice(path.indexOf('apps/bench')))).join('\n')
  expect(figures.filter((name) => !texts.includes(name))).toEqual([])
})
