/** The file that a storage thread begins with: to be bundled, see `BrokerWorkers`. */
import '@ringlog/storage/storage-thread'
