import { defineScenario, type RoleContext } from '../define-scenario.ts'
import { spreadOf } from '../metrics/spread.ts'
import { WARM } from '../roles/producing.ts'

const GIBIBYTE = 1024 ** 3
/** What is copied at a time, as a batch is. */
const COPY_BYTES = 64 * 1024
/** Far more than a cache holds: each copy is of memory that was not touched for long. */
const COLD_BYTES = 256 * 1024 * 1024

interface Copied {
  readonly hotMs: number
  readonly coldMs: number
  readonly finishedAtMs: number
}

/** Copies as often with memory that is in the nearest caches, and with memory that is in none; in turn. */
async function copy(context: RoleContext): Promise<Copied> {
  const from = new Uint8Array(COLD_BYTES).fill(1)
  const to = new Uint8Array(COLD_BYTES).fill(2)
  const places = COLD_BYTES / COPY_BYTES
  const copyAll = (stepBytes: number): number => {
    const startedAtMs = context.nowMs()
    for (let i = 0; i < places; i++) {
      const at = i * stepBytes
      to.set(from.subarray(at, at + COPY_BYTES), at)
    }
    return context.nowMs() - startedAtMs
  }
  copyAll(0)
  copyAll(COPY_BYTES)
  await context.sync(WARM)
  const hot: number[] = []
  const cold: number[] = []
  for (let i = 0; i * 2 * places < context.number('records'); i++) {
    hot.push(copyAll(0))
    cold.push(copyAll(COPY_BYTES))
  }
  const finishedAtMs = context.nowMs()
  return { hotMs: spreadOf(hot).median, coldMs: spreadOf(cold).median, finishedAtMs }
}

/** What moving bytes takes at the least. */
export default defineScenario({
  name: 'limit-memcpy',
  description: 'one thread copies 64 KiB at a time, from and to caches, and from and to memory',
  isDefault: false,
  parameters: { records: 80_000 },
  roles: { copier: copy },
  run: async (stage) => {
    const copying = stage.start<Copied>('copier')
    const startedAtMs = await stage.sync(WARM)
    const { hotMs, coldMs, finishedAtMs } = await copying.result
    const cpuMicros = stage.cpuMicrosSinceSync()
    return {
      records: stage.number('records'),
      elapsedMs: finishedAtMs - startedAtMs,
      cpuMicros,
      figures: {
        hotGibibytesPerSecond: gibibytesPerSecond(hotMs),
        coldGibibytesPerSecond: gibibytesPerSecond(coldMs),
      },
    }
  },
})

/** @param ms For as many bytes as are cold. */
function gibibytesPerSecond(ms: number): number {
  return COLD_BYTES / GIBIBYTE / (ms / 1000)
}
