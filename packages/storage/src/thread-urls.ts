import { entryUrl, type ModuleLocation } from '@ringlog/core/internal'

/** Where the file is that the storage thread begins with; `given`: where a bundler has put it. */
export function storageThreadUrl(given: ModuleLocation | null): string {
  return entryUrl({
    specifier: '@ringlog/storage/storage-thread',
    option: 'workers.storageThread',
    given,
    resolve: (specifier) => import.meta.resolve(specifier),
  })
}

/** Where the file is that a sync thread begins with; `given`: where a bundler has put it. */
export function syncThreadUrl(given: ModuleLocation | null): string {
  return entryUrl({
    specifier: '@ringlog/storage/sync-thread',
    option: 'workers.syncThread',
    given,
    resolve: (specifier) => import.meta.resolve(specifier),
  })
}

/** Where the file is that the cleaner begins with; `given`: where a bundler has put it. */
export function cleanerUrl(given: ModuleLocation | null): string {
  return entryUrl({
    specifier: '@ringlog/storage/cleaner',
    option: 'workers.cleaner',
    given,
    resolve: (specifier) => import.meta.resolve(specifier),
  })
}
