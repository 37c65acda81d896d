import type * as KafkaJs from 'kafkajs'
import { createRequire } from 'node:module'
import { membersIn } from '../declared-names.ts'
import { readText } from '../markdown.ts'

/** Not imported: an import does not see all that a CommonJS module exports. */
const kafkajs = createRequire(import.meta.url)('kafkajs') as typeof KafkaJs

const TYPES = readText('node_modules/kafkajs/types/index.d.ts')
const { version } = JSON.parse(readText('node_modules/kafkajs/package.json')) as { version: string }

const of = (...types: string[]): string[] => [
  ...new Set(types.flatMap((type) => membersIn(TYPES, type))),
]

const kafka = new kafkajs.Kafka({ brokers: ['localhost:9092'], logLevel: kafkajs.logLevel.NOTHING })
const createPartitioner = kafkajs.Partitioners.DefaultPartitioner
const clients = {
  producer: kafka.producer({ createPartitioner }),
  consumer: kafka.consumer({ groupId: 'group' }),
  admin: kafka.admin(),
}

const isError = (name: string): boolean => name.startsWith('KafkaJS')

/** All names of KafkaJS, by the section of the document that has them: from its types and its exports. */
export const KAFKAJS = {
  package: 'kafkajs',
  version,
  sections: {
    'Options of a client': [...of('KafkaConfig'), ...of('Kafka')],
    'Options of retry': of('RetryOptions'),
    'Options of a producer': of('ProducerConfig'),
    'Calls of a producer': Object.keys(clients.producer),
    'What send takes': of('ProducerRecord', 'ProducerBatch', 'TopicMessages', 'Message'),
    'What send resolves with': of('RecordMetadata'),
    'Options of a consumer': of('ConsumerConfig'),
    'Calls of a consumer': Object.keys(clients.consumer),
    'What subscribe takes': ['topic', 'topics', 'fromBeginning'],
    'What run takes': of('ConsumerRunConfig'),
    'What handlers are given': of('EachMessagePayload', 'EachBatchPayload'),
    'A message': of('RecordBatchEntry'),
    'A batch': of('Batch'),
    'Calls of an admin': Object.keys(clients.admin),
    'What createTopics takes': of('ITopicConfig'),
    Events: Object.values(clients).flatMap(({ events }) => Object.values(events) as string[]),
    Errors: Object.keys(kafkajs).filter(isError),
    'Other exports': Object.keys(kafkajs).filter((name) => !isError(name)),
  },
}
