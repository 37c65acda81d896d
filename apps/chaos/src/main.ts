import { runChaos } from './run-chaos.ts'

if (!(await runChaos(process.argv.slice(2)))) process.exitCode = 1
