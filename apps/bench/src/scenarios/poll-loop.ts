import { runnerLoopScenario } from './runner-loop.ts'

export default runnerLoopScenario(
  {
    name: 'poll-loop',
    description: 'a loop over polls of 500 written by hand, a commit each, an empty handler',
    comparedWith: [],
  },
  { by: 'hand', isAsync: false },
)
