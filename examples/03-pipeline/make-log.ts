/** Makes access.log: the same file for the same seed. Run it with `npx tsx make-log.ts`. */
import { writeFileSync } from 'node:fs'

const LINES = 8_000
const SECTIONS = ['', 'shop', 'search', 'account', 'img', 'api']
const STATUSES = [200, 200, 200, 200, 200, 200, 304, 404, 500]

let state = 20_261_124
/** From 0 to `max`, exclusive: mulberry32. */
function random(max: number): number {
  state = (state + 0x6d2b_79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * max)
}

const lines = Array.from({ length: LINES }, (_, i) => {
  if (i % 997 === 0) return '# rotated'
  const time = `24/Nov/2026:10:${String(Math.floor(i / 200) % 60).padStart(2, '0')}:00 +0000`
  const path = `/${SECTIONS[random(SECTIONS.length)]}/${random(500)}`
  const status = STATUSES[random(STATUSES.length)]!
  const bytes = status === 304 ? '-' : String(random(20_000))
  return `10.0.${random(4)}.${random(250)} - - [${time}] "GET ${path} HTTP/1.1" ${status} ${bytes}`
})
writeFileSync(new URL('./access.log', import.meta.url), `${lines.join('\n')}\n`)
