import { JavaLibraries } from './java-libraries.ts'

const VERSION = '4.0.0'

export const DISRUPTOR_LIBRARIES = new JavaLibraries(`disruptor-${VERSION}`, [
  { group: 'com.lmax', name: 'disruptor', version: VERSION },
])
