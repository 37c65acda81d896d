import { parseArgs } from 'node:util'
import { allRunning, stopKafka, type RunningKafka } from './running-kafka.ts'
import { startKafka } from './start-kafka.ts'
import { tellBroker, type BrokerCommand } from './start-brokers.ts'
import { withKafka } from './with-kafka.ts'
import { withKfake } from './with-kfake.ts'

const USAGE = `usage: npm run kafka -- start [--brokers N] [--version V]   starts Kafka on this machine; downloads it first
                            status                              what runs, and where
                            stop                                ends all that runs
                            stop-broker, kill-broker, start-broker ID   of several brokers (--brokers)`

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { brokers: { type: 'string' }, version: { type: 'string' } },
  })
  const [command = '', id = '', ...more] = positionals
  switch (command) {
    case 'start': {
      const brokers = Number(values.brokers ?? 1)
      if (!Number.isInteger(brokers) || brokers < 1 || brokers > 9)
        throw new Error('--brokers must be from 1 to 9')
      const options =
        values.version === undefined ? { brokers } : { brokers, version: values.version }
      print(await startKafka(options))
      return
    }
    case 'status': {
      const running = allRunning()
      if (running.length === 0) console.log('no Kafka runs')
      for (const kafka of running) print(kafka)
      return
    }
    case 'stop': {
      for (const kafka of allRunning()) await stopKafka(kafka)
      return
    }
    case 'stop-broker':
    case 'kill-broker':
    case 'start-broker': {
      const kafka = allRunning().find(({ controlPort }) => controlPort !== null)
      if (kafka === undefined) throw new Error('no Kafka of several brokers runs')
      await tellBroker(kafka, command.slice(0, -'-broker'.length) as BrokerCommand, Number(id))
      return
    }
    case 'run': {
      process.exitCode = await withKafka(id, more)
      return
    }
    case 'run-kfake': {
      process.exitCode = await withKfake(id, more)
      return
    }
    default:
      throw new Error(USAGE)
  }
}

function print({ name, pid, bootstrapServers, saslServers, tlsServers }: RunningKafka): void {
  const more = [saslServers && `SASL ${saslServers}`, tlsServers && `TLS ${tlsServers}`]
  console.log([`${name} (process ${pid}): ${bootstrapServers}`, ...more].filter(Boolean).join(', '))
}

try {
  await main()
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
