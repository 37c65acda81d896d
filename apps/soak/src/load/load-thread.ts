/** A thread of the load. */
import { parentPort, workerData } from 'node:worker_threads'
import { connect } from 'ringlog'
import { consume } from './consume.ts'
import { produce } from './produce.ts'
import type { LoadThreadStart } from './role.ts'
import { Tallies } from './tallies.ts'

const start = workerData as LoadThreadStart
const tallies = new Tallies(start.tallies)
let isOver = false
parentPort!.once('message', () => {
  isOver = true
})

const client = await connect(start.address)
parentPort!.postMessage('ready')
const { role } = start
if (role.kind === 'producer') await produce(client, role, start, tallies, () => isOver)
else await consume(client, role, tallies, () => isOver)
await client.close()
