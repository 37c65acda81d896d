import { describe, expect, test } from 'vitest'
import { assertNodeVersion } from '../src/node-version.ts'

describe('the version of Node.js', () => {
  test.each([
    '22.18.0',
    '22.18.0-nightly20250731',
    '22.19.0',
    '22.100.0',
    '23.0.0',
    '24.0.0',
    '26.10.0',
    '100.0.0',
  ])('is recent enough: %s', (version) => {
    expect(() => assertNodeVersion(version)).not.toThrow()
  })

  test.each(['0.12.18', '8.0.0', '18.20.8', '20.20.2', '20.99.0', '22.0.0', '22.9.0', '22.17.9'])(
    'is too old, which the message says: %s',
    (version) => {
      expect(() => assertNodeVersion(version)).toThrow(
        `Ringlog needs Node.js 22.18 or later; this is Node.js ${version}.`,
      )
    },
  )

  test('is recent enough here, or no test would run', () => {
    expect(() => assertNodeVersion(process.versions.node)).not.toThrow()
  })
})
