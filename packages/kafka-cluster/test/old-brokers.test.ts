import { describe, expect, test } from 'vitest'
import { connectCluster } from '../src/index.ts'
import { playedBroker } from './played-broker.ts'

describe('a broker that is too old', () => {
  test.each([3, 0])(
    'is refused at once, with its versions; it tells them by version %i',
    async (newest) => {
      const broker = await playedBroker(1, newest)
      await expect(connectCluster({ bootstrapServers: broker })).rejects.toMatchObject({
        code: 'UNSUPPORTED_VERSION',
        message: expect.stringMatching(
          new RegExp(
            `^broker ${broker} takes no version of the request 3 .* it takes 0 to 1, and Ringlog`,
          ),
        ),
        details: { broker, theirs: '0 to 1' },
      })
    },
  )
})
