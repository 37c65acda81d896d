import { RinglogError, type LogClient } from '@ringlog/core/internal'
import { directoryFault, directoryPath } from '@ringlog/core/internal/storage'
import { BACK_UP, LocalClient } from './local-client.ts'

/**
 * Copies the data directory of a broker that runs to another folder: as a process that was killed at one moment would
 * have left it, after the call and before it resolves. All that was acknowledged before the call is in it, and what groups
 * had committed on these records. A broker that is started on the folder is the broker of that moment; start it on a copy
 * of the folder where the backup is to be kept.
 *
 * Producers and consumers go on meanwhile; topics may be made and deleted, and several backups run at once. On the same
 * file system the two share full segments, which takes no room until the broker deletes them; elsewhere all is copied. Once
 * it resolves the backup survives the loss of power.
 *
 * @param broker One with a `dataDirectory`, or a client that `connect` gave for it.
 * @param target A path, or a `file:` URL, of a folder that is empty or does not exist, outside the data directory. Where
 *   this rejects, nothing is left there; where the process ends before, what is left is refused as a data directory.
 * @throws RinglogError INVALID_REQUEST for anything else; KAFKA_STORAGE_ERROR where the disk does not do it, or where a
 *   file cannot be read: a partition whose disk has failed is in the backup as far as it was written; BROKER_CLOSED where the broker is closed meanwhile.
 */
export async function backup(broker: LogClient, target: string | URL): Promise<void> {
  if (!(broker instanceof LocalClient)) {
    throw new RinglogError(
      'INVALID_REQUEST',
      'the broker of a backup must be a Broker with a dataDirectory, or what connect() gave for it',
    )
  }
  const fault = directoryFault(target)
  if (fault !== null) throw new RinglogError('INVALID_REQUEST', `the target of a backup ${fault}`)
  await broker[BACK_UP](directoryPath(target))
}
