import {
  defineScenario,
  type Measurement,
  type RoleContext,
  type Scenario,
  type Stage,
} from '../define-scenario.ts'
import { StampChecker, assertTally, expectedTally, type Tally } from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'

const WARM = 'warm'
const CONNECTED = 'connected'

/** A server of the run's own. */
export interface RivalServer {
  readonly port: number
  close(): Promise<void>
}

/** A thread's connection to it. */
export interface Connection {
  /** Sends so many records more, in the producing thread; takes in so many more, in the consuming one. */
  move(count: number): Promise<void>
  close(): Promise<void>
}

/** What one way of sending records through a server is made of. */
export interface ServerRival extends Pick<
  Scenario,
  'name' | 'description' | 'outside' | 'packages'
> {
  /** Of the timed part. */
  readonly records: number
  readonly start: () => Promise<RivalServer>
  /** In the producing thread. */
  readonly producer: (port: number, recordSizeBytes: number) => Promise<Connection>
  /** In the consuming thread: every record is given to the checker. */
  readonly consumer: (port: number, checker: StampChecker) => Promise<Connection>
}

interface Task {
  readonly port: number
  readonly lapRecords: number
  readonly records: number
}

interface Consumed {
  readonly tally: Tally
  readonly finishedAtMs: number
}

/** One thread that sends records to a server, and one that receives them from there. */
export function serverRival({
  records,
  start,
  producer,
  consumer,
  ...scenario
}: ServerRival): Scenario {
  return defineScenario({
    ...scenario,
    parameters: { records, recordSizeBytes: 100 },
    fixed: { producers: 1, partitions: 1, consumers: 1 },
    roles: {
      producer: async (context: RoleContext<Task>) => {
        const { port } = context.data
        await moveAll(context, await producer(port, context.number('recordSizeBytes')))
      },
      consumer: async (context: RoleContext<Task>): Promise<Consumed> => {
        const checker = new StampChecker(context.number('recordSizeBytes'), 1)
        const finishedAtMs = await moveAll(
          context,
          await consumer(context.data.port, checker),
          () => context.progress(checker.count),
        )
        return { tally: checker.tally, finishedAtMs }
      },
    },
    run: (stage) => run(stage, start),
  })
}

/** Gives when the timed part was over. */
async function moveAll(
  context: RoleContext<Task>,
  connection: Connection,
  onLap: () => void = () => undefined,
): Promise<number> {
  const { lapRecords, records } = context.data
  await context.sync(CONNECTED)
  await context.warmUp(async () => {
    await connection.move(lapRecords)
    onLap()
  })
  await context.sync(WARM)
  await connection.move(records)
  const finishedAtMs = context.nowMs()
  await connection.close()
  return finishedAtMs
}

async function run(stage: Stage, start: () => Promise<RivalServer>): Promise<Measurement> {
  const records = stage.number('records')
  const lapRecords = lapOf(records)
  const server = await start()
  try {
    const task: Task = { port: server.port, lapRecords, records }
    const consuming = stage.start<Consumed>('consumer', task)
    const producing = stage.start<void>('producer', task)
    await stage.sync(CONNECTED)
    const laps = await stage.warmUp(lapRecords)
    const startedAtMs = await stage.sync(WARM)
    const { tally, finishedAtMs } = await consuming.result
    await producing.result
    assertTally([tally], [expectedTally(0, laps * lapRecords + records)])
    const bytes = records * stage.number('recordSizeBytes')
    // Without its processor time: half of it is the server's.
    return { records, bytes, elapsedMs: finishedAtMs - startedAtMs }
  } finally {
    await server.close()
  }
}
