/** The file that a sync thread begins with: to be bundled, see `BrokerWorkers`. */
import '@ringlog/storage/sync-thread'
