/** The entry of the controller's thread. `Broker.start` starts it, with a `ControllerStart`. */
import { workerData } from 'node:worker_threads'
import { Controller } from './controller.ts'
import type { ControllerStart } from '../wire/controller-start.ts'

new Controller(workerData as ControllerStart)
