/** Makes the site: its pages, then HTML of them in dist/site. A dead link fails it. */
import { buildSite } from './build-site.ts'

const { folder, pageCount } = await buildSite()
console.log(`${pageCount} pages in ${folder}; \`npm run docs:serve\` serves them`)
