import { runnerLoopScenario } from './runner-loop.ts'

export default runnerLoopScenario(
  {
    name: 'runner-async',
    description: 'runConsumer with an empty async handler, one record at a time',
    comparedWith: ['poll-loop-async'],
  },
  { by: 'runner', isAsync: true },
)
