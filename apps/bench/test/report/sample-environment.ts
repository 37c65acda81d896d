import type { Environment } from '../../src/report/bench-report.ts'

export const ENVIRONMENT: Environment = {
  node: 'v26.0.0',
  cpu: 'a processor',
  cores: 2,
  os: 'Linux',
  ringlog: '0.1.0',
  startedAt: '2026-11-01T00:00:00.000Z',
}
