/** A process that runs what hangs; the run says which process it has. */
import { runSuite } from '../../src/runner/suite.ts'
import failing from './failing.scenario.ts'

const url = new URL('./failing.scenario.ts', import.meta.url)
void runSuite([{ scenario: failing, url, parameters: { wait: 'hangs' } }], 1, () => undefined)
