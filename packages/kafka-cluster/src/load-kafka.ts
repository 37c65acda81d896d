import { RinglogError } from '@ringlog/core/internal'
import type * as Platformatic from '@platformatic/kafka'

/** The package whose connections and request modules the engine uses. */
export type Kafka = typeof Platformatic

/** Not installed with Ringlog: who stays in one process needs nothing of it. */
const PACKAGE = '@platformatic/kafka'
/** Of these major versions the modules are known. */
const MAJOR_VERSION = 2

/**
 * Loads the package of Kafka's protocol.
 *
 * @throws RinglogError INVALID_CONFIG where it is not installed, or in another version.
 */
export async function loadKafka(): Promise<Kafka> {
  const kafka = await importKafka()
  const missing = ['Connection', 'createAPI', 'metadataV12', 'produceV11'].filter(
    (name) => !(name in kafka),
  )
  if (missing.length === 0) return kafka
  throw new RinglogError(
    'INVALID_CONFIG',
    `connectCluster() needs ${PACKAGE} ${MAJOR_VERSION}.12 or a later ${MAJOR_VERSION}.x; the one that is installed ` +
      `lacks ${missing.join(', ')}: npm install ${PACKAGE}@${MAJOR_VERSION}`,
    { details: { package: PACKAGE, missing } },
  )
}

async function importKafka(): Promise<Kafka> {
  try {
    return (await import(PACKAGE)) as Kafka
  } catch (cause) {
    throw new RinglogError(
      'INVALID_CONFIG',
      `connectCluster() needs ${PACKAGE}, which is not installed with ringlog: npm install ${PACKAGE}@${MAJOR_VERSION}`,
      { cause, details: { package: PACKAGE } },
    )
  }
}
