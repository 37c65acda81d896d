/**
 * The address of a module that a thread begins with, from the build as from the source.
 *
 * @param path Relative to `base`, without an extension.
 * @param base The asking module's `import.meta.url`.
 */
export function moduleBeside(path: string, base: string): URL {
  return new URL(path + base.slice(base.lastIndexOf('.')), base)
}
