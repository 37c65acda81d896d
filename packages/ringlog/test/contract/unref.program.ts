/**
 * A program with nothing but a broker, unref'd, ref'd again or left alone, as its argument says. It
 * prints what it does, and is to end by itself only in the first case.
 */
import { Broker } from 'ringlog'

const broker = await Broker.start()
await broker.createTopic('orders')
const how = process.argv[2]
if (how !== 'alone') broker.unref()
if (how === 'ref') broker.ref()
process.on('exit', () => process.stdout.write('ended by itself\n'))
process.stdout.write('started\n')
// Waited for by nobody: the broker alone decides.
setTimeout(() => void broker.close().then(() => process.stdout.write('closed\n')), 500).unref()
