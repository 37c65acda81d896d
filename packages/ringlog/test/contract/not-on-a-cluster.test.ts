import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { NOT_ON_A_CLUSTER } from './not-on-a-cluster.ts'

const urlOf = (file: string): URL => new URL(`${file}.test.ts`, import.meta.url)
const files = new Set(NOT_ON_A_CLUSTER.flatMap(({ tests }) => Object.keys(tests)))
const listed = NOT_ON_A_CLUSTER.flatMap(({ tests }) =>
  Object.entries(tests).flatMap(([file, of]) =>
    of === 'all' ? [] : of.map((title): [string, string] => [file, title]),
  ),
)

/** Texts in a file, as patterns of the titles that they make: what is put into one may be anything. */
function titlesIn(file: string): RegExp[] {
  const source = readFileSync(urlOf(file), 'utf8')
  const literals = source.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"/g)
  return [...literals].flatMap(([, single, double]) => {
    const text = (single ?? double!).replaceAll(/\\(.)/g, '$1')
    if (/^(%[sj])?$/.test(text)) return []
    const escaped = text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    return new RegExp(`^${escaped.replaceAll(/%[sj]/g, '.*')}$`)
  })
}

test.each([...files])('the file %s, which is about a difference, is there', (file) => {
  expect(existsSync(urlOf(file))).toBe(true)
})

test.each(listed)('in %s there is the test or suite: %s', (file, title) => {
  const isThere = titlesIn(file).some((one) => one.test(title) || one.test(`${title}, by %s`))
  expect(isThere).toBe(true)
})

test('what is listed as a whole is listed once', () => {
  const whole = NOT_ON_A_CLUSTER.flatMap(({ tests }) =>
    Object.keys(tests).filter((file) => tests[file] === 'all'),
  )
  expect(new Set(whole).size).toBe(whole.length)
  expect(listed.filter(([file]) => whole.includes(file))).toEqual([])
})
