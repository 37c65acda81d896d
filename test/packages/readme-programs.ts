import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PACKAGE_FOLDERS, ROOT, manifestOf } from './packed-packages.ts'

/** A program in a README, and what the README says of it. */
export interface ReadmeProgram {
  /** Of its file: `packages-core-19.ts` stands at line 19 of that package's README. */
  readonly fileName: string
  readonly text: string
  /** The text block after it; `null`: none. */
  readonly output: string | null
  /** Every package that it imports. */
  readonly imports: readonly string[]
}

/** A README with its programs, and what it says is to be installed for them. */
export interface Readme {
  readonly path: string
  readonly installs: readonly string[]
  readonly programs: readonly ReadmeProgram[]
}

function readReadme(path: string, ownName: string): Readme {
  const prefix = dirname(path) === '.' ? 'root' : dirname(path).replaceAll('/', '-')
  const text = readFileSync(join(ROOT, path), 'utf8')
  const command = /^npm install (.+)$/m.exec(text)
  const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    language: match[1]!,
    text: match[2]!,
  }))
  const programs = blocks.flatMap((block, index) => {
    if (block.language !== 'ts') return []
    const next = blocks[index + 1]
    return {
      fileName: `${prefix}-${block.line}.ts`,
      text: block.text,
      output: next?.language === 'text' ? next.text : null,
      imports: [...block.text.matchAll(/ from '(?!node:)([^']+)'/g)].map(([, name]) => name!),
    }
  })
  const installs = command?.[1]!.split(' ').filter((word) => !word.startsWith('-')) ?? [ownName]
  return { path, installs, programs }
}

/** What tells how to begin: the README of the repository and of each package, and a page of docs. */
export const READMES: readonly Readme[] = [
  readReadme('README.md', 'ringlog'),
  readReadme('docs/getting-started.md', 'ringlog'),
  ...PACKAGE_FOLDERS.map((folder) => readReadme(`${folder}/README.md`, manifestOf(folder).name)),
]
