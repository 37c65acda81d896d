import {
  COMPRESSION_TYPES,
  choiceOption,
  compressionCodec,
  type CompressionType,
  type Option,
  type RinglogError,
} from '@ringlog/core/internal'

/** A compression whose codec can be loaded here: a producer that could not compress is not made. */
export function compressionOption(): Option<CompressionType> {
  const choice = choiceOption<CompressionType>('none', COMPRESSION_TYPES)
  return {
    default: choice.default,
    fault(value) {
      const fault = choice.fault(value)
      if (fault !== null || value === 'none') return fault
      try {
        compressionCodec(COMPRESSION_TYPES.indexOf(value as CompressionType))
        return null
      } catch (error) {
        return `must be one that this platform has: ${(error as RinglogError).message}`
      }
    },
  }
}
