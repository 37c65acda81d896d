import type { CleanedSegment, CleaningJob, CleaningResult } from './cleaning-job.ts'

/** What a cleaner is started with: its `workerData`. */
export interface CleanerStart {
  /** One int32. Not 0: the round that is under way is not wanted any more. */
  readonly abandoned: SharedArrayBuffer
}

/** A round to begin. */
export type CleanerRequest = CleaningJob

/** What a cleaner answers: any number of segments, in order, then how the round has ended. */
export type CleanerAnswer =
  | { readonly type: 'cleaned'; readonly segment: CleanedSegment }
  | { readonly type: 'ended'; readonly result: CleaningResult }
  | { readonly type: 'failed'; readonly fault: CleaningFault }

/** Why a round has ended before its end. */
export interface CleaningFault {
  readonly message: string
  /** ENOSPC, EIO …; `null`: it is none of the system's. */
  readonly systemCode: string | null
}
