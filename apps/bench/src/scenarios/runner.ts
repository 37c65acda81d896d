import { runnerLoopScenario } from './runner-loop.ts'

export default runnerLoopScenario(
  {
    name: 'runner',
    description: 'runConsumer with an empty handler, one record at a time',
    comparedWith: ['poll-loop'],
  },
  { by: 'runner', isAsync: false },
)
