import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { manifestOf, type PackedPackage } from './packed-packages.ts'
import { runCommand } from './run-command.ts'

/** As strict as can be, declarations of packages included. */
const TSCONFIG = {
  compilerOptions: {
    target: 'ES2023',
    lib: ['ES2024', 'ESNext.Disposable'],
    module: 'NodeNext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
  },
  include: ['*.ts'],
}

/** The package of others in the version that this repository is checked with. */
function checkedWith(name: string): string {
  const versions = manifestOf('.')['devDependencies'] as Record<string, string>
  return `${name}@${versions[name]!}`
}

/**
 * Makes an empty folder and installs packages there, as plain npm does it; what they need of this
 * repository comes from their tarballs as well, since it is on no registry yet.
 */
export async function installApp(
  folder: string,
  packed: readonly PackedPackage[],
  names: readonly string[],
): Promise<string> {
  const app = await mkdtemp(join(folder, 'app-'))
  const own = packed.filter(({ name }) => names.includes(name))
  const wanted = new Set(own.flatMap(({ name, needs }) => [name, ...needs]))
  const tarballs = packed.filter(({ name }) => wanted.has(name)).map(({ tarball }) => tarball)
  const others = names.filter((name) => !wanted.has(name))
  const versions = [...others, '@types/node'].map(checkedWith)
  await writeFile(join(app, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  await writeFile(join(app, 'tsconfig.json'), JSON.stringify(TSCONFIG))
  await runCommand('npm', ['install', '--prefer-offline', ...tarballs, ...versions], { cwd: app })
  return app
}
