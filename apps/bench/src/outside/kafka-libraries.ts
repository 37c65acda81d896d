import { JavaLibraries } from './java-libraries.ts'

const VERSION = '4.4.0'

export const KAFKA_LIBRARIES = new JavaLibraries(`kafka-${VERSION}`, [
  { group: 'org.apache.kafka', name: 'kafka_2.13', version: VERSION },
  { group: 'org.apache.kafka', name: 'kafka-tools', version: VERSION },
])
