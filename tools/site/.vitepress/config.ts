import { defineConfig } from 'vitepress'
import { anchorOf, drawDiagrams, keepBraces, linkPages } from '../src/markdown.ts'
import { collectPages } from '../src/pages.ts'
import { apiSidebar, guideSidebar } from '../src/sidebar.ts'

const pages = collectPages()

/** Of what is found in both, the documents explain more than the API reference. */
const boostDocument = (id: string): number => (id.startsWith('/api/') ? 0.5 : 1)

export default defineConfig({
  title: 'Ringlog',
  description: "Kafka's partitioned log inside one Node.js process, across worker threads.",
  srcDir: 'dist/pages',
  outDir: 'dist/site',
  cacheDir: 'dist/cache',
  // The index of the search is one chunk, and loaded when it is opened.
  vite: { build: { chunkSizeWarningLimit: 3_000 } },
  markdown: {
    // Pages are plain Markdown, which reads the same on a code host.
    html: false,
    attrs: false,
    emoji: false,
    snippet: false,
    include: false,
    anchor: { slugify: anchorOf },
    config(md) {
      linkPages(md, pages)
      drawDiagrams(md)
      keepBraces(md)
    },
  },
  themeConfig: {
    search: {
      provider: 'local',
      options: { miniSearch: { searchOptions: { combineWith: 'AND', boostDocument } } },
    },
    outline: [2, 3],
    nav: [
      { text: 'Documents', link: '/', activeMatch: '^/(?!api/|repository/)' },
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
      { text: 'Examples', link: '/repository/examples/', activeMatch: '^/repository/examples/' },
      { text: 'README', link: '/repository/' },
    ],
    sidebar: { '/': guideSidebar(), '/api/': apiSidebar(pages) },
  },
})
