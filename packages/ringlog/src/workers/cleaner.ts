/** The file that the cleaner begins with: to be bundled, see `BrokerWorkers`. */
import '@ringlog/storage/cleaner'
