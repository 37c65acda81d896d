import { readAgain } from '../roles/reading-behind.ts'
import { producedToDisk } from './produced-to-disk.ts'

/** The reader takes a core for as long as it reads. */
export default producedToDisk({
  name: 'disk-behind-catching-up',
  description: 'disk-produce beside a consumer a GiB behind that reads as fast as it can',
  comparedWith: ['disk-produce'],
  reader: readAgain,
})
