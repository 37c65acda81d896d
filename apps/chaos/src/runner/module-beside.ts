/**
 * The address of a module that is started by its file — a thread's, a process's, a scenario's — from
 * the build as from the source.
 *
 * @param path Relative to `base`, without an extension.
 * @param base The asking module's `import.meta.url`.
 */
export function moduleBeside(path: string, base: string): URL {
  return new URL(path + base.slice(base.lastIndexOf('.')), base)
}
