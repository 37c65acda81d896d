/** The entry of the thread that starts followers. `connectToHub` starts it, with a `HubStart`. */
import { workerData } from 'node:worker_threads'
import { CONNECT_TO_HUB, type ConnectToHub, type HubStart } from './follower-messages.ts'
import { FollowerHub } from './follower-hub.ts'

const { hubId, config, port } = workerData as HubStart
const hub = new FollowerHub(config, () => process.exit())
process.on('workerMessage', (message: unknown) => {
  const { type, hubId: to, port: from } = message as Partial<ConnectToHub>
  if (type !== CONNECT_TO_HUB || from === undefined) return
  if (to === hubId) hub.connect(from)
  else from.close()
})
hub.connect(port)
