import { readSlowly } from '../roles/reading-behind.ts'
import { producedToDisk } from './produced-to-disk.ts'

export default producedToDisk({
  name: 'disk-behind',
  description: 'disk-produce beside a slow consumer a GiB behind: 100,000 records a second',
  comparedWith: ['disk-produce'],
  reader: readSlowly,
})
