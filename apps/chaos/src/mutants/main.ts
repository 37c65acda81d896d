/** Plants one fault after the other in the library, and says after how long chaos finds it. */
import { runMutants } from './run-mutants.ts'

if (!(await runMutants(process.argv.slice(2)))) process.exitCode = 1
