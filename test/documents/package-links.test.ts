import { describe, expect, test } from 'vitest'
import {
  linksOf,
  publishedFolders,
  readManifest,
  withLinks,
  type Links,
} from '../../scripts/package-links.ts'

const LINKS: Links = {
  repository: { type: 'git', url: 'git+https://git.example/log.git' },
  homepage: 'https://log.example',
  bugs: { url: 'https://git.example/log/issues' },
}

describe('where the source, the pages and the issues of the packages are', () => {
  test.each(publishedFolders())('%s says what the repository says', (folder) => {
    const manifest = readManifest(folder)
    expect(manifest).toEqual(withLinks(manifest, folder, linksOf(readManifest('.'))))
  })

  test('is written behind the license, and over what was there', () => {
    const before = { name: 'a', homepage: 'old', license: 'MIT', type: 'module', bugs: 'old' }
    const after = withLinks(before, 'packages/a', LINKS)
    expect(Object.keys(after)).toEqual([
      'name',
      'license',
      'repository',
      'homepage',
      'bugs',
      'type',
    ])
    expect(after['repository']).toEqual({ ...LINKS.repository, directory: 'packages/a' })
    expect(withLinks(after, 'packages/a', null)).toEqual({
      name: 'a',
      license: 'MIT',
      type: 'module',
    })
  })

  test('is not known before all of it is filled in', () => {
    expect(linksOf({ ...LINKS })).toEqual(LINKS)
    expect(linksOf({ ...LINKS, bugs: { url: '' } })).toBeNull()
  })
})
