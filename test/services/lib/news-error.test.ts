import t from 'tap'
import { NewsError, newsErrorCodes, newsErrors, toFailure } from '../../../services/lib/news-error.ts'

const retryAt = Date.parse('2026-11-24T00:00:00Z')

t.test('each message, with and without details: two sentences, and nothing undefined', async (t) => {
  for (const code of newsErrorCodes) {
    for (const details of [
      {},
      { subject: 'AAPL', retryAt },
      { subject: 'AAPL', isSample: true },
      { isUnreachable: true }
    ]) {
      const { message } = new NewsError(code, details)
      t.notMatch(message, 'undefined')
      t.match(message, /^[A-Z][^.]+\. [A-Z][^.]+\.$/)
    }
  }
})

t.test('calls of the day: named by the errors of a spent quota and of a spent share', async (t) => {
  const resetsAt = Date.parse('2026-11-24T00:00:00Z')
  const toMessage = (code: 'NEWS_QUOTA_SPENT' | 'NEWS_SHARE_SPENT', used: number) =>
    new NewsError(code, { retryAt, usage: { used, limit: 25, resetsAt } }).message

  t.equal(
    toMessage('NEWS_QUOTA_SPENT', 25),
    '25 of 25 Alpha Vantage calls used today; resets at 2026-11-24 00:00 UTC. Cached news is still served.'
  )
  t.equal(
    toMessage('NEWS_QUOTA_SPENT', 5),
    '5 of 25 Alpha Vantage calls used today; resets at 2026-11-24 00:00 UTC. Alpha Vantage reports that none are left; cached news is still served.'
  )
  t.match(
    toMessage('NEWS_SHARE_SPENT', 5),
    /^Your share is used up: 5 of 25 Alpha Vantage calls used today; resets at 2026-11-24 00:00 UTC\. You get more at/
  )
})

t.test('time to try again within a minute: rounded up, so that it is not too early', async (t) => {
  const { message } = new NewsError('NEWS_MINUTE_SPENT', { retryAt: Date.parse('2026-11-22T20:14:01Z') })

  t.match(message, /Try again at 2026-11-22 20:15 UTC\.$/)
})

t.test('code: decides the status, and whether cached news is worth naming', async (t) => {
  t.match(new NewsError('NEWS_QUOTA_SPENT'), { statusCode: 429, isUpstreamUnavailable: true })
  t.match(new NewsError('NEWS_NOT_FOUND'), { statusCode: 404, isUpstreamUnavailable: false })
  t.equal(new NewsError('NEWS_UPSTREAM_FAULT').statusCode, 502)
  t.equal(new NewsError('NEWS_UPSTREAM_FAULT', { retryAt }).statusCode, 503)
})

t.test('sample data: a message of its own where the table has one', async (t) => {
  for (const code of newsErrorCodes) {
    const { message } = new NewsError(code, { subject: 'NFLX', isSample: true })
    t.equal(message.startsWith('Sample data: '), newsErrors[code].sampleMessage !== undefined, code)
  }
})

t.test('copy with other details: the original stays as it is', async (t) => {
  const error = new NewsError('NEWS_NOT_FOUND', { subject: 'AAPL', cause: new Error('why') })

  const copy = error.with({ alternatives: 'Cached: AAPL 7d.' })

  t.match(copy, { code: 'NEWS_NOT_FOUND', message: error.message, alternatives: 'Cached: AAPL 7d.' })
  t.equal(copy.cause, error.cause)
  t.equal(error.alternatives, undefined)
})

t.test(
  'failure for other replicas: code, message, status and time survive JSON; the cause is left out',
  async (t) => {
    const error = new NewsError('NEWS_QUOTA_SPENT', { retryAt, cause: new Error('secret') })

    const failure = JSON.parse(JSON.stringify(toFailure(error)))

    t.same(failure, { code: 'NEWS_QUOTA_SPENT', message: error.message, statusCode: 429, retryAt })
    t.match(new NewsError(failure.code, failure), { message: error.message, statusCode: 429, retryAt })
  }
)

t.test('failure of an unexpected error: NEWS_UPSTREAM_FAULT, and nothing of the error', async (t) => {
  const unexpected = Object.assign(new TypeError('secret'), { code: 'SECRET', statusCode: 500 })

  t.same(toFailure(unexpected), {
    code: 'NEWS_UPSTREAM_FAULT',
    message: 'Alpha Vantage is failing. Try again in a few minutes.',
    statusCode: 502
  })
})
