import { Registry } from '@prometheus-io/client'
import t from 'tap'
import { FastCounter, FastHistogram } from '../../../plugins/observability/fast-metrics.ts'

t.test('a series of a counter: its count is added when metrics are collected, once', async (t) => {
  const registry = new Registry()
  const counter = new FastCounter({
    name: 'calls',
    help: 'Calls.',
    labelNames: ['tool'],
    registers: [registry]
  })
  const count = counter.createSeries({ tool: 'a' })
  counter.createSeries({ tool: 'never called' })
  const collect = async () =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith('calls'))

  count()
  count()
  counter.inc({ tool: 'a' })
  counter.inc({ tool: 'b' })

  t.same(await collect(), ['calls{tool="a"} 3', 'calls{tool="b"} 1'])
  t.same(await collect(), ['calls{tool="a"} 3', 'calls{tool="b"} 1'])
  count()
  t.same(await collect(), ['calls{tool="a"} 4', 'calls{tool="b"} 1'])
})

t.test('a series of a histogram: no value is lost or counted twice, however many there are', async (t) => {
  const registry = new Registry()
  const histogram = new FastHistogram({
    name: 'seconds',
    help: 'Seconds.',
    labelNames: ['route'],
    buckets: [1, 2],
    registers: [registry]
  })
  const observe = histogram.createSeries({ route: '/' })
  const collect = async () =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith('seconds'))
  const expected = (below: number, all: number, sum: number) => [
    `seconds_bucket{le="1",route="/"} ${below}`,
    `seconds_bucket{le="2",route="/"} ${below}`,
    `seconds_bucket{le="+Inf",route="/"} ${all}`,
    `seconds_sum{route="/"} ${sum}`,
    `seconds_count{route="/"} ${all}`
  ]

  t.same(await collect(), [], 'no values yet')
  for (let value = 0; value < 600; value += 1) observe(value < 300 ? 0.5 : 3)
  t.same(await collect(), expected(300, 600, 1050))
  t.same(await collect(), expected(300, 600, 1050))
  observe(3)
  t.same(await collect(), expected(300, 601, 1053))
})
