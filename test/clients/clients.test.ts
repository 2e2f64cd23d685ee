import t, { type Test } from 'tap'
import { startLocally } from '../support/local-mode.ts'
import { Person } from '../support/oauth-user.ts'
import { startServer } from '../support/server.ts'
import type { Connection } from './connection.ts'
import { skip } from './installed.ts'
import { clients } from './table.ts'

/** A call of each tool, and what its answer contains, as text or as JSON. */
const calls: Record<string, [args: Record<string, unknown>, answer: RegExp]> = {
  get_news_sentiment: [{ ticker: 'AAPL', limit: 2 }, /AAPL/],
  compare_news_sentiment: [{ tickers: ['AAPL', 'MSFT'] }, /MSFT/],
  get_sentiment_trend: [{ ticker: 'AAPL', bucket: 'day' }, /\d{4}-\d\d-\d\d/],
  get_market_news: [{ topic: 'technology' }, /technology/i],
  explain_sentiment: [{ ticker: 'AAPL' }, /AAPL/],
  get_news_budget: [{}, /today/]
}

async function callEveryTool(t: Test, connection: Connection) {
  t.same((await connection.list()).toSorted(), Object.keys(calls).toSorted(), 'lists every tool')
  for (const [name, [args, answer]] of Object.entries(calls)) {
    t.match(await connection.call(name, args), answer, name)
  }
}

/** The requests that the server refused, without the expected ones. */
function findRefused(log: string[], expected: string[]): string[] {
  const lines = log.map((line) => JSON.parse(line)).filter(({ status }) => status >= 400)
  return lines
    .map(({ method, path, status }) => `${method} ${path} ${status}`)
    .filter((line) => !expected.includes(line))
}

/** SDK 1 tries to open a stream of the server's own messages. The specification lets servers refuse it. */
const stream = 'GET /mcp 405'

t.jobs = 8
for (const { name, connect } of clients) {
  t.test(`${name}, with a bearer token: lists and calls every tool`, { skip, buffered: true }, async (t) => {
    const { resource, token, log } = await startServer(t)

    const connection = await connect(t, resource, { token })
    await callEveryTool(t, connection)
    await connection.close()

    t.same(findRefused(log, [stream]), [], 'the server refused nothing else')
  })

  t.test(`${name}, with the sign-in: calls every tool`, { skip, buffered: true }, async (t) => {
    const { resource, log } = await startLocally(t)
    const person = new Person()

    const connection = await connect(t, resource, { person })
    await callEveryTool(t, connection)
    await connection.close()

    t.equal(person.scopes.length, 1, 'one sign-in')
    t.same(findRefused(log, [stream, 'POST /mcp 401', 'GET /mcp 401']), [], 'the server refused nothing else')
  })
}
