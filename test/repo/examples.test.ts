import t from 'tap'
import { createLocalAlphaVantage } from '../../local/alpha-vantage/server.ts'
import { exampleTime } from '../../services/mcp/tools/examples.ts'
import { clockAt, free, startNews } from '../support/news.ts'

t.test('the examples, asked again one after the other, are answered to the letter', async (t) => {
  const clock = clockAt(exampleTime)
  const upstream = await createLocalAlphaVantage({ port: 0, host: '127.0.0.1', now: () => clock.now })
  t.teardown(() => upstream.close())
  const { tools, call } = await startNews(t, { clock, upstream, plan: free })

  for (const { name, example } of tools) {
    const answer = await call(name, example?.arguments ?? {})
    t.equal(answer?.text, example?.answer, name)
  }
})
