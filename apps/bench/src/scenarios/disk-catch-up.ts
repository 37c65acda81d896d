import { caughtUp } from './caught-up.ts'

export default caughtUp(
  {
    name: 'disk-catch-up',
    description: 'a consumer a GiB behind reads it from the files: poll and cursor',
    comparedWith: ['limit-disk-read'],
  },
  (consumer) => consumer.poll(),
)
