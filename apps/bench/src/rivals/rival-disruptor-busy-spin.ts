import { disruptorRival } from './disruptor-rival.ts'

export default disruptorRival('busySpin')
