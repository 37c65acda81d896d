/** The thread of the controller; it can be asked what it has. */
import 'ringlog/workers/controller'
import { answerCensus } from './census.ts'

answerCensus('controller')
