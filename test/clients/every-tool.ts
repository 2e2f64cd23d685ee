import type { Test } from 'tap'
import type { Connection } from './connection.ts'

/** A call of each tool, and what its answer contains, as text or as JSON. */
const calls: Record<string, [args: Record<string, unknown>, answer: RegExp]> = {
  get_news_sentiment: [{ ticker: 'AAPL', limit: 2 }, /AAPL/],
  compare_news_sentiment: [{ tickers: ['AAPL', 'MSFT'] }, /MSFT/],
  get_sentiment_trend: [{ ticker: 'AAPL', bucket: 'day' }, /\d{4}-\d\d-\d\d/],
  get_market_news: [{ topic: 'technology' }, /technology/i],
  explain_sentiment: [{ ticker: 'AAPL' }, /AAPL/],
  get_news_budget: [{}, /today/]
}

/** Lists the tools, and calls each. A tool that has no call here fails the test. */
export async function callEveryTool(t: Test, connection: Connection) {
  t.same((await connection.list()).toSorted(), Object.keys(calls).toSorted(), 'lists every tool')
  for (const [name, [args, answer]] of Object.entries(calls)) {
    t.match(await connection.call(name, args), answer, name)
  }
}

interface LogLine {
  method: string
  path: string
  status: number
  mcp?: { method: string; outcome: string }[]
}

/** SDK 1 tries to open a stream of the server's own messages, which the specification lets servers refuse. */
const refusedStream = 'GET /mcp 405'

/** The requests and messages that failed at the server, without `expected` ones and refused streams. */
export function findFailures(log: string[], expected: string[] = []): string[] {
  return log
    .map((line): LogLine => JSON.parse(line))
    .flatMap(({ method, path, status, mcp = [] }) => [
      ...(status >= 400 ? [`${method} ${path} ${status}`] : []),
      ...mcp.filter(({ outcome }) => outcome !== 'ok').map(({ method, outcome }) => `${method}: ${outcome}`)
    ])
    .filter((failure) => ![refusedStream, ...expected].includes(failure))
}
