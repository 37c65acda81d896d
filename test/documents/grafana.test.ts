import { parser } from '@prometheus-io/lezer-promql'
import { Broker, prometheusMetrics } from 'ringlog'
import { parse as parseYaml } from 'yaml'
import { beforeAll, describe, expect, test } from 'vitest'
import { readText } from './markdown.ts'
import { tablesOf } from './tables.ts'

interface Dashboard {
  panels: Array<{ title: string; targets: Array<{ expr: string; legendFormat: string }> }>
  templating: { list: Array<{ query: string | { query: string } }> }
}

interface Rules {
  groups: Array<{ rules: Array<{ alert: string; expr: string; annotations: { summary: string } }> }>
}

const DASHBOARD = JSON.parse(readText('docs/grafana/ringlog.json')) as Dashboard
const ALERTS = (parseYaml(readText('docs/grafana/alerts.yml')) as Rules).groups.flatMap(
  ({ rules }) => rules,
)

/** The labels of every metric that a scrape has, by its name, as docs/monitoring.md has them. */
const LABELS: ReadonlyArray<readonly [prefix: string, labels: readonly string[]]> = [
  ['ringlog_partition_blocked_by', ['topic', 'partition', 'group', 'client_id']],
  ['ringlog_partition_', ['topic', 'partition']],
  ['ringlog_group_lag_records', ['group', 'topic', 'partition']],
  ['ringlog_group_', ['group']],
  ['ringlog_producer_', ['client_id']],
  ['ringlog_consumer_', ['client_id', 'group']],
  ['ringlog_handler_', ['client_id', 'group']],
  ['ringlog_', []],
]

let scraped: ReadonlySet<string>

beforeAll(async () => {
  const broker = await Broker.start()
  const text = await prometheusMetrics(broker)
  await broker.close()
  scraped = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!))
})

/** The names of metrics and labels in an expression; throws where it is none. */
function namesIn(expr: string): { metrics: string[]; labels: string[] } {
  const text = expr.replaceAll('$__rate_interval', '5m')
  const metrics: string[] = []
  const labels: string[] = []
  parser.parse(text).iterate({
    enter: ({ type, from, to }) => {
      const name = text.slice(from, to)
      if (type.isError) throw new Error(`no PromQL at ${from}: ${text}`)
      if (type.name === 'Identifier') metrics.push(name)
      if (type.name === 'LabelName') labels.push(name)
    },
  })
  return { metrics, labels }
}

function labelsOf(metric: string): readonly string[] {
  return LABELS.find(([prefix]) => metric.startsWith(prefix))![1]
}

/** What an expression names that a scrape does not have, and what a text names that the expression does not. */
function faultsOf(expr: string, text: string): string[] {
  const { metrics, labels } = namesIn(expr)
  expect(metrics.length, expr).toBeGreaterThan(0)
  const shown = [...text.matchAll(/\{\{ ?(?:\$labels\.)?(\w+) ?\}\}/g)].map(([, name]) => name!)
  const known = new Set(metrics.flatMap(labelsOf))
  return [
    ...metrics.filter((name) => !scraped.has(name)),
    ...[...labels, ...shown].filter((name) => !known.has(name)),
  ]
}

describe('the dashboard', () => {
  test('shows what a scrape has', () => {
    const targets = DASHBOARD.panels.flatMap((panel) => panel.targets)
    expect(targets.length).toBeGreaterThan(10)
    const faults = targets.flatMap(({ expr, legendFormat }) => faultsOf(expr, legendFormat))
    expect(faults).toEqual([])
    for (const { query } of DASHBOARD.templating.list.slice(1)) {
      const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(
        (query as { query: string }).query,
      )!
      expect(faultsOf(`${metric}{${label}="a"}`, '')).toEqual([])
    }
  })
})

describe('the alerts', () => {
  test('watch what a scrape has', () => {
    const faults = ALERTS.flatMap(({ expr, annotations }) =>
      faultsOf(expr, annotations.summary.replaceAll('{{ $value }}', '')),
    )
    expect(faults).toEqual([])
  })

  test('are those that the document tells of', () => {
    const told = tablesOf('docs/monitoring.md').flatMap(({ rows }) =>
      rows.flatMap(([cell]) => /^`(Ringlog\w+)`$/.exec(cell!)?.[1] ?? []),
    )
    expect(told).toEqual(ALERTS.map(({ alert }) => alert))
  })
})
