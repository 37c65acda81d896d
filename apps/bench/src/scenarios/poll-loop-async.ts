import { runnerLoopScenario } from './runner-loop.ts'

export default runnerLoopScenario(
  {
    name: 'poll-loop-async',
    description: 'the same loop with an async handler that is awaited',
    comparedWith: [],
  },
  { by: 'hand', isAsync: true },
)
