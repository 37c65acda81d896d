/** More would come out of compressed bytes than the reader allows. */
export class TooLargeToDecompress extends Error {}
