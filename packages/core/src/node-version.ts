/**
 * Refuses a Node.js that is too old, with a sentence that says what is needed, before any other
 * module of Ringlog is evaluated: every entry point imports this file first.
 *
 * It must itself load on old releases, so it imports nothing and uses no recent syntax.
 */
const REQUIRED_MAJOR = 22
const REQUIRED_MINOR = 18

export function assertNodeVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > REQUIRED_MAJOR || (major === REQUIRED_MAJOR && minor >= REQUIRED_MINOR)) return
  throw new Error(
    `Ringlog needs Node.js ${REQUIRED_MAJOR}.${REQUIRED_MINOR} or later; this is Node.js ${version}. ` +
      `Install a newer Node.js, for example the current LTS from https://nodejs.org.`,
  )
}

assertNodeVersion(process.versions.node)
