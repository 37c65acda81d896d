import { caughtUp } from './caught-up.ts'

export default caughtUp(
  {
    name: 'disk-catch-up-sync',
    description: 'a consumer a GiB behind reads it from the files: pollSync and cursor',
    comparedWith: ['limit-disk-read', 'disk-catch-up'],
  },
  (consumer) => consumer.pollSync(),
)
