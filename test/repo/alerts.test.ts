import { readFile } from 'node:fs/promises'
import { parser } from '@prometheus-io/lezer-promql'
import t from 'tap'
import { parse } from 'yaml'
import { rejectionMessages } from '../../services/auth/invalid-token.ts'
import { settingsSchema } from '../../services/config/settings.ts'
import { toolErrors } from '../../services/mcp/tools/error-codes.ts'
import { freePort } from '../support/ports.ts'
import { skip, startRedis } from '../support/redis.ts'
import { callTool } from '../support/rpc.ts'
import { startServer } from '../support/server.ts'

interface Rule {
  alert: string
  expr: string
  labels: { severity: string }
  annotations: { summary: string; todo: string }
}

const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8')
const { groups } = parse(await read('deploy/alerts.yml')) as { groups: { rules: Rule[] }[] }
const rules = groups.flatMap(({ rules }) => rules)

/** The series that Prometheus adds to each target. */
const targetSeries = { metric: 'up', labels: ['job', 'instance'] }

/** Reads the metrics of a server with all features: the type of each, and all labels. */
async function readMetrics(t: Parameters<typeof startServer>[0]) {
  const redis = await startRedis(t)
  const port = await freePort()
  const server = await startServer(t, { METRICS_PORT: String(port), REDIS_URL: redis.url })
  await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })
  const text = await (await fetch(`http://localhost:${port}/metrics`)).text()
  const types = Object.fromEntries(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type]) => [name, type])
  )
  const labels = new Set([...text.matchAll(/[{,](\w+)="/g)].map(([, name]) => name))
  return { types, labels }
}

/** Returns the text of each node of `kind` in `expr`. */
function findNodes(expr: string, kind: string): string[] {
  const parts: string[] = []
  parser.parse(expr).iterate({
    enter(node) {
      if (node.name === kind) parts.push(expr.slice(node.from, node.to))
    }
  })
  return parts
}

t.test('alert rules use existing metrics, with their types and labels', { skip }, async (t) => {
  const { types, labels } = await readMetrics(t)

  for (const { alert, expr } of rules) {
    t.strictSame(findNodes(expr, '⚠'), [], `${alert} is PromQL`)
    for (const metric of findNodes(expr, 'Identifier')) {
      const name = metric.replace(/_bucket$/, '')
      t.ok(name in types || metric === targetSeries.metric, `${alert}: ${metric} is a metric`)
    }
    for (const label of findNodes(expr, 'LabelName')) {
      t.ok(labels.has(label) || targetSeries.labels.includes(label), `${alert}: ${label} is a label`)
    }
    for (const call of findNodes(expr, 'FunctionCall').filter((text) => /^(rate|increase)\(/.test(text))) {
      const [metric = ''] = findNodes(call, 'Identifier')
      t.match(types[metric.replace(/_bucket$/, '')], /^(counter|histogram)$/, `${alert}: ${metric} counts`)
    }
  }
})

t.test('label values in alerts exist: error codes, decision reasons, states', async (t) => {
  const known: Record<string, (value: string) => boolean> = {
    job: (value) => value === 'finance-news',
    route: (value) => value === '/mcp',
    status: (value) => value === '5..',
    state: (value) => ['spent', 'left', 'waiting'].includes(value),
    decision: (value) => value in rejectionMessages,
    outcome: (value) => ['ok', 'failed'].includes(value) || toolErrors.some(({ code }) => code === value)
  }
  for (const { alert, expr } of rules) {
    for (const matcher of findNodes(expr, 'UnquotedLabelMatcher')) {
      const [, label = '', values = ''] = /^(\w+)=~?"(.*)"$/.exec(matcher) ?? []
      for (const value of values.split('|')) t.ok(known[label]?.(value), `${alert}: ${label} can be ${value}`)
    }
  }
})

t.test('each alert says what happened and what to do, and names existing settings and metrics', async (t) => {
  const names = Object.keys(settingsSchema.shape)
  t.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length)
  for (const { alert, labels, annotations } of rules) {
    t.match(labels.severity, /^(page|ticket)$/, alert)
    t.ok(annotations.summary && annotations.todo, alert)
    for (const [name] of `${annotations.summary} ${annotations.todo}`.matchAll(/\b[A-Z]+(_[A-Z]+)+\b/g)) {
      t.ok(names.includes(name), `${alert}: ${name} is a setting`)
    }
    for (const [name] of annotations.todo.matchAll(/\bFinanceNews\w+/g)) {
      t.ok(
        rules.some((rule) => rule.alert === name),
        `${alert}: ${name} is an alert`
      )
    }
  }
})

t.test('the README names every metric, and no other', { skip }, async (t) => {
  const { types } = await readMetrics(t)
  const own = Object.keys(types).filter((name) => name.startsWith('finance_news_'))
  const rows = [...(await read('README.md')).matchAll(/^\| `(finance_news_\w+)/gm)].map(([, name]) => name)
  t.strictSame(rows.toSorted(), own.toSorted())
})
