/** The file that the threads of a `ConsumerPool` begin with: to be bundled, see `BrokerWorkers`. */
export { default } from '@ringlog/consumer-pool/worker'
