import { expect, test } from 'vitest'
import { NOT_ON_A_CLUSTER } from '../../packages/ringlog/test/contract/not-on-a-cluster.ts'
import { tablesOf } from './tables.ts'

const table = tablesOf('docs/cluster.md').find(({ heading }) => heading === 'What is different')
const rows = table!.rows.map(([what]) => what)

test.each(NOT_ON_A_CLUSTER)('docs/cluster.md says what is different of: $row', ({ row }) => {
  expect(rows).toContain(row)
})
