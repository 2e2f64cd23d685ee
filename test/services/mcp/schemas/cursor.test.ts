import t from 'tap'
import { decodeCursor, encodeCursor } from '../../../../services/mcp/schemas/cursor.ts'

const query = { ticker: 'AAPL', since: '7d', sort: 'latest' }
const position = {
  news: { key: 'AAPL 7d', fetchedAtMs: 1_795_600_000_000 },
  queriedAtMs: 1_795_600_060_000,
  offset: 3
}
/** As issued to clients: the format must not change. */
const cursor = 'WyJ6SnVOWHdhdCIsIkFBUEwgN2QiLDE3OTU2MDAwMDAwMDAsMTc5NTYwMDA2MDAwMCwzXQ'

t.test('issued cursor: decoded, and encoded the same', async (t) => {
  t.strictSame(decodeCursor(cursor, query), position)
  t.equal(encodeCursor(query, position), cursor)
})

t.test('cursor of another query, or anything else: rejected with INVALID_ARGUMENTS', async (t) => {
  t.throws(() => decodeCursor(cursor, { ...query, ticker: 'MSFT' }), { code: 'INVALID_ARGUMENTS' })
  for (const other of ['', 'no cursor', Buffer.from('[1]').toString('base64url')]) {
    t.throws(() => decodeCursor(other, query), { code: 'INVALID_ARGUMENTS' })
  }
})
