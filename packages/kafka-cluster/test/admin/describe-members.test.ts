import { expect, test } from 'vitest'
import { describeMembers } from '../../src/admin/describe-members.ts'
import type { Cluster } from '../../src/cluster.ts'

const GROUP_ID_NOT_FOUND = 69

/** A group of the classic protocol with one member, which says this. */
function clusterOf(said: Buffer): Cluster {
  const member = {
    memberId: 'worker-1',
    clientId: 'connect',
    memberMetadata: said,
    memberAssignment: said,
  }
  const classic = {
    groupState: 'Stable',
    protocolData: 'compatible',
    errorCode: 0,
    members: [member],
  }
  const answers = [{ groups: [{ errorCode: GROUP_ID_NOT_FOUND }] }, { groups: [classic] }]
  return {
    kafka: {
      consumerGroupDescribeV0: { api: { version: 0 } },
      describeGroupsV5: { api: { version: 5 } },
    },
    coordinators: { request: () => Promise.resolve(answers.shift()) },
  } as unknown as Cluster
}

test.each<[string, number[]]>([
  ['ends too early', [0, 1, 0, 0, 0, 1, 0, 90, 65]],
  ['has a list without end', [0, 1, 0x7f, 0xff, 0xff, 0xff, 0, 1, 65]],
  ['has lengths below nothing', [0, 1, 0, 0, 0, 9, 0xff, 0, 65, 0, 0]],
])(
  'a member of a group that says something else, which %s, is told without topics',
  async (_, said) => {
    const { members, assignor } = await describeMembers(clusterOf(Buffer.from(said)), 'g', {})
    expect(assignor).toBe('compatible')
    expect(members).toMatchObject([
      { memberId: 'worker-1', clientId: 'connect', topics: [], assignment: [] },
    ])
  },
)
