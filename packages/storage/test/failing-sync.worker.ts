/** A sync thread whose every sync fails. */
import { parentPort } from 'node:worker_threads'

parentPort!.on('message', () => parentPort!.postMessage('EIO: i/o error, fdatasync'))
