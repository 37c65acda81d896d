import { runBench } from './run-bench.ts'

try {
  const isVerified = await runBench(process.argv.slice(2))
  if (!isVerified) process.exitCode = 1
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
