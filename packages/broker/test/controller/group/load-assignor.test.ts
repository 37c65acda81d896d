import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadAssignor } from '../../../src/controller/group/load-assignor.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringlog-assignor-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function moduleOf(name: string, code: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, code)
  return path
}

async function expectFault(given: string, fault: string): Promise<void> {
  await expect(loadAssignor(given)).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringContaining(fault),
    details: { faults: [{ option: 'assignor', fault: expect.stringContaining(fault) }] },
  })
}

describe('loading an assignor', () => {
  test('finds the built-in ones by name', async () => {
    for (const name of ['range', 'roundRobin', 'sticky']) {
      expect((await loadAssignor(name)).name).toBe(name)
    }
  })

  test('loads a module by path or URL; both are the same one', async () => {
    const path = await moduleOf(
      'all-to-the-first.mjs',
      `export function assign({ members, partitionsOf }) {
        const all = [...partitionsOf].flatMap(([topic, count]) =>
          Array.from({ length: count }, (_, partition) => ({ topic, partition })))
        return new Map([[members[0].memberId, all]])
      }`,
    )
    const byPath = await loadAssignor(path)
    const byUrl = await loadAssignor(pathToFileURL(path).href)
    expect(byPath.name).toBe(pathToFileURL(path).href)
    expect(byUrl).toEqual(byPath)
    const members = ['a', 'b'].map((memberId) => ({
      memberId,
      instanceId: null,
      topics: ['t'],
      owned: [],
    }))
    const answer = byPath.assign({ partitionsOf: new Map([['t', 2]]), members })
    const both = [0, 1].map((partition) => ({ topic: 't', partition }))
    expect([...answer]).toEqual([['a', both]])
  })

  test('says what is wrong with a module', async () => {
    await expectFault(
      'stiky',
      'must be one of range, roundRobin, sticky, an absolute path or a URL',
    )
    await expectFault('./mine.mjs', 'must be one of range, roundRobin, sticky')
    await expectFault(join(folder, 'not-there.mjs'), 'could not be loaded')
    await expectFault(await moduleOf('broken.mjs', 'export const ='), 'could not be loaded')
    await expectFault(await moduleOf('throws.mjs', 'throw new Error("no luck")'), 'no luck')
    await expectFault(
      await moduleOf('other.mjs', 'export const assignor = 1, version = 2'),
      'must export a function assign; it exports assignor, version',
    )
    await expectFault(
      await moduleOf('empty.mjs', ''),
      'must export a function assign; it exports nothing',
    )
  })
})
