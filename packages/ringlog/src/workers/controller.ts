/** The file that the controller's thread begins with: to be bundled, see `BrokerWorkers`. */
import '@ringlog/broker/controller-worker'
