import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Producer, type Transport } from 'ringlog'
import { Rig, pollValues } from './rig.ts'

interface Report {
  lanes: { made: number; refused: number }
  outcomes: unknown[]
  values: string[]
}

/** Less than the half of a lane's memory, and much more than all the rest takes. */
const ADDRESS_SPACE_LEFT = 240 * 1024 * 1024

async function report(transport: Transport, addressSpaceLeft?: number): Promise<Report> {
  const program = fileURLToPath(new URL('./lane-fallback.program.ts', import.meta.url))
  const args = [...process.execArgv, program, transport]
  if (addressSpaceLeft !== undefined) args.push(String(addressSpaceLeft))
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 26 })
  return JSON.parse(stdout) as Report
}

describe('a lane that cannot be allocated', () => {
  // Only Linux lets a running process's address space be bounded.
  test.runIf(process.platform === 'linux')(
    'makes no difference but in speed: "auto" and "shared" go by RPC, with the same results',
    async () => {
      const [shared, rpc] = [await report('shared'), await report('rpc')]
      expect(shared.lanes).toEqual({ made: 3, refused: 0 })
      expect(rpc.lanes).toEqual({ made: 0, refused: 0 })
      expect(shared.outcomes.length).toBe(581)
      const codes = new Set(shared.outcomes.map((outcome) => (outcome as unknown[])[0]))
      expect(codes).toEqual(new Set([0, 1, 'MESSAGE_TOO_LARGE', 'BUFFER_FULL']))
      expect({ ...rpc, lanes: null }).toEqual({ ...shared, lanes: null })
      for (const transport of ['auto', 'shared'] as const) {
        const fallen = await report(transport, ADDRESS_SPACE_LEFT)
        expect(fallen.lanes).toEqual({ made: 0, refused: 3 })
        expect({ ...fallen, lanes: null }).toEqual({ ...shared, lanes: null })
      }
    },
  )

  test('is not asked for again and again, and others get theirs', async () => {
    const rig = await Rig.start('shared', { partitions: 2 })
    const { SharedArrayBuffer: original } = globalThis
    let refused = 0
    globalThis.SharedArrayBuffer = new Proxy(original, {
      construct(target, args: [number]) {
        if (args[0] > 1_000_000 && refused++ === 0)
          throw new RangeError('Array buffer allocation failed')
        return new target(...args)
      },
    })
    try {
      const producer = new Producer(rig.broker)
      for (let i = 0; i < 20; i++) await producer.send({ topic: rig.topic, value: `${i}` })
      expect(refused).toBe(2) // one lane each, the first of which was refused
      const values = await pollValues(await rig.consumer({}, [0, 1]), 20)
      expect(
        values
          .flat()
          .map(Number)
          .toSorted((a, b) => a - b),
      ).toEqual(Array.from({ length: 20 }, (_, i) => i))
    } finally {
      globalThis.SharedArrayBuffer = original
    }
  })
})
