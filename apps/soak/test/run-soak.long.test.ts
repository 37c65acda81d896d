import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { runSoak } from '../src/run-soak.ts'

test('a soak of some seconds writes a page that needs nothing else, and its figures', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ringlog-soak-'))
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
  try {
    await runSoak(['--minutes', '0.2', '--records-per-second', '200', '--out', folder])
    const files = await readdir(folder)
    const textOf = (end: string): Promise<string> =>
      readFile(
        join(
          folder,
          files.find((name) => name.endsWith(end))!,
        ),
        'utf8',
      )
    const page = await textOf('.html')
    expect(page).toContain('uPlot')
    expect(page).not.toMatch(/(src|href)="?http/)
    const { samples, judgements } = JSON.parse(await textOf('.json')) as {
      samples: unknown[]
      judgements: Array<{ what: string; isKept: boolean }>
    }
    expect(samples.length).toBeGreaterThan(5)
    // So short a run says nothing of memory; but nothing may break.
    const kept = judgements.filter(({ isKept }) => isKept).map(({ what }) => what)
    expect(kept).toEqual(
      expect.arrayContaining(['records flow', 'offsets in order', 'no thread ends by an error']),
    )
  } finally {
    vi.restoreAllMocks()
    await rm(folder, { recursive: true })
  }
}, 60_000)
