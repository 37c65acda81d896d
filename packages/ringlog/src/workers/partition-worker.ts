/** The file that each partition's thread begins with: to be bundled, see `BrokerWorkers`. */
import '@ringlog/partition-worker/worker'
