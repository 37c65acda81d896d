import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const PACKAGES = new URL('../../../', import.meta.url)

/** A module of the user's is no object that somebody fills from options of their own. */
const NOT_OPTIONS = new Set(['HandlerModule'])

const readSource = (path: string): string => readFileSync(new URL(path, PACKAGES), 'utf8')

/** Every type that a package exports to users, by name. */
function exportedNames(): Set<string> {
  const indexes = globSync('*/src/index.ts', { cwd: PACKAGES })
  const names = indexes.flatMap((path) =>
    [...readSource(path).matchAll(/\bexport (?:type )?\{([^}]+)\}/g)].flatMap(([, list]) =>
      list!.split(',').map((name) => name.trim().replace(/^type /, '')),
    ),
  )
  return new Set(names)
}

/** `undefined` has to be written out: a program with `exactOptionalPropertyTypes` passes it on. */
test('every optional property of a public interface takes undefined', () => {
  const exported = exportedNames()
  const refusing: string[] = []
  let optional = 0
  for (const path of globSync('*/src/**/*.ts', { cwd: PACKAGES })) {
    for (const [, name, body] of readSource(path).matchAll(
      /^export interface (\w+)[^{]*\{\n(.*?)^\}/gms,
    )) {
      if (!exported.has(name!) || NOT_OPTIONS.has(name!)) continue
      for (const [property, type] of body!.matchAll(/^ {2}(?:readonly )?\w+\?(.*)$/gm)) {
        optional++
        if (/^: (unknown|.*\| undefined)$/.test(type!)) continue
        refusing.push(`${name}: ${property.trim()}`)
      }
    }
  }
  expect(optional).toBeGreaterThan(50)
  expect(refusing).toEqual([])
})
