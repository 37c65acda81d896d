import type { GroupSpec } from '../programs/program.ts'
import { moduleBeside } from '../runner/module-beside.ts'

/** A consumer's configuration for a group's assignor. */
export function assignorModule(assignor: GroupSpec['assignor'] = 'sticky'): string | URL {
  if (assignor !== 'swapping') return assignor
  return moduleBeside('./swapping-assignor', import.meta.url)
}
