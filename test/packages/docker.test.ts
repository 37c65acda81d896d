import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { installApp } from './installed-app.ts'
import { ROOT } from './packed-packages.ts'
import { runCommand } from './run-command.ts'

/** The instructions of the document's Dockerfile, in their order. */
let instructions: ReadonlyArray<readonly [instruction: string, argument: string]>
/** The folder that the image is built from. */
let context: string

beforeAll(async () => {
  const text = await readFile(join(ROOT, 'docs/recipes/docker.md'), 'utf8')
  const [, dockerfile] = /^```dockerfile\n(.*?)^```$/ms.exec(text)!
  instructions = dockerfile!
    .trim()
    .split('\n')
    .map((line) => /^(\w+) (.+)$/.exec(line)!)
    .map(([, instruction, argument]) => [instruction!, argument!])
  context = await installApp(inject('folder'), inject('packed'), ['ringlog'])
  const [, name, program] = /^```ts\n\/\/ (\S+)\n(.*?)^```$/ms.exec(text)!
  await writeFile(join(context, name!), program!)
})

const argumentsOf = (name: string): string[] =>
  instructions.filter(([instruction]) => instruction === name).map(([, argument]) => argument)

/** There is no Docker where tests run: what the Dockerfile says is done in a folder of its own. */
describe('the Dockerfile', () => {
  test('has a Node.js that Ringlog runs on', () => {
    expect(Number(/^node:(\d+)-slim$/.exec(argumentsOf('FROM')[0]!)?.[1])).toBeGreaterThanOrEqual(
      24,
    )
  })

  test('makes a folder whose program starts, and ends by itself on SIGTERM', async () => {
    const image = await mkdtemp(join(inject('folder'), 'image-'))
    for (const [instruction, argument] of instructions) {
      if (instruction === 'COPY') {
        const files = argument.split(' ').slice(0, -1)
        for (const file of files) await copyFile(join(context, file), join(image, file))
      } else if (instruction === 'RUN') {
        await runCommand('sh', ['-c', argument], { cwd: image })
      }
    }
    const [command, ...args] = JSON.parse(argumentsOf('CMD')[0]!) as [string, ...string[]]
    const child = spawn(command, args, { cwd: image, stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    let output = ''
    for await (const text of child.stdout.setEncoding('utf8')) {
      output += text
      if (output === 'ready\n') child.kill('SIGTERM')
    }
    expect(output).toBe('ready\nclosed\n')
    expect(await exited).toEqual([0, null])
  })
})
