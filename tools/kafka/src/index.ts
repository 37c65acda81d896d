export { allRunning, runningKafka, stopKafka, type RunningKafka } from './running-kafka.ts'
export { startKafka, type StartOptions } from './start-kafka.ts'
export { tellBroker } from './start-brokers.ts'
