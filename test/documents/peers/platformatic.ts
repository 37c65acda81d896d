import * as platformatic from '@platformatic/kafka'
import { callsOf, membersIn } from '../declared-names.ts'
import { readText } from '../markdown.ts'

const FOLDER = 'node_modules/@platformatic/kafka'
const { version } = JSON.parse(readText(`${FOLDER}/package.json`)) as { version: string }

const TYPES = ['base/types', 'base/base', 'producer/types', 'consumer/types', 'consumer/consumer']
  .map((name) => readText(`${FOLDER}/dist/clients/${name}.d.ts`))
  .concat(readText(`${FOLDER}/dist/protocol/records.d.ts`))
  .join('\n')

const of = (...types: string[]): string[] => types.flatMap((type) => membersIn(TYPES, type))
const optionsOf = (schema: { properties: object }): string[] => Object.keys(schema.properties)
const exportsThat = (match: (name: string, value: unknown) => boolean): string[] =>
  Object.entries(platformatic).flatMap(([name, value]) => (match(name, value) ? [name] : []))

const without = (names: readonly string[], others: readonly string[]): string[] => [
  ...new Set(names.filter((name) => !others.includes(name) && !name.startsWith('_'))),
]

const emitterCalls = callsOf(platformatic.TypedEventEmitter)
const baseCalls = without(callsOf(platformatic.Base), emitterCalls)
/** What a class has beside what every client has: `close` has a meaning of its own in each. */
const callsBesideBase = (type: { prototype: object }): string[] => [
  ...without(callsOf(type), [...emitterCalls, ...baseCalls]),
  ...Object.getOwnPropertyNames(type.prototype).filter(
    (name) => name === 'close' || name === 'isActive',
  ),
]

/** All names of its clients, by the section of the document that has them: from its exports and its types. */
export const PLATFORMATIC = {
  package: '@platformatic/kafka',
  version,
  sections: {
    'Options of every client': optionsOf(platformatic.baseOptionsSchema),
    'Calls of every client': baseCalls,
    'Options of a producer, of send and of asStream': [
      ...optionsOf(platformatic.sendOptionsSchema),
      ...optionsOf(platformatic.producerStreamOptionsSchema),
      // Of ProducerOptions, which is no interface.
      'serializers',
      'beforeSerialization',
      'registry',
    ],
    'Calls of a producer': callsBesideBase(platformatic.Producer),
    'What send resolves with': of('ProduceResult'),
    'A message': [
      ...optionsOf(platformatic.messageSchema),
      ...of('MessageToProduce', 'Message', 'MessageBase'),
    ],
    'Options of a consumer and of consume': [
      ...optionsOf(platformatic.consumerOptionsSchema),
      ...optionsOf(platformatic.consumeOptionsSchema),
      ...of('GroupOptions', 'ConsumerGroupOptions', 'ConsumeBaseOptions', 'StreamOptions'),
    ],
    'Calls and properties of a consumer': [
      ...callsBesideBase(platformatic.Consumer),
      ...without(of('Consumer'), [...emitterCalls, ...baseCalls]),
    ],
    'A stream of messages': Object.getOwnPropertyNames(
      platformatic.MessagesStream.prototype,
    ).filter((name) => name !== 'constructor' && !/^_|[lL]istener$|^on/.test(name)),
    'Calls of an admin': callsBesideBase(platformatic.Admin),
    Events: [...of('BaseEvents', 'ConsumerEvents'), 'autocommit', 'fetch', 'offsets'],
    'Diagnostics channels': Object.values(platformatic).flatMap((value) => {
      const { name } = Object(value) as { name?: unknown }
      const isChannel = typeof name === 'string' && name.startsWith('plt:')
      return isChannel ? [name] : []
    }),
    Errors: exportsThat(
      (_, value) => typeof value === 'function' && value.prototype instanceof Error,
    ),
    'Serializers, partitioners, assignors': exportsThat(
      (name, value) =>
        typeof value !== 'undefined' &&
        /^(?!default).*erializers?(From)?$|^\w+(Partitioner|Assigner)$|erializersFrom$/.test(name),
    ),
  },
}
