/**
 * A snapshot as version 1 of the format stores it (`newsFormat`), before compression. Its keys must not change: earlier
 * versions of the server wrote them.
 */
export const storedNews = {
  dropped: 1,
  isFull: true,
  sample: false,
  key: 'AAPL 7d',
  subject: { ticker: 'AAPL' },
  from: 1_795_000_000_000,
  to: 1_795_600_000_000,
  fetchedMs: 1_795_600_000_000,
  isUnknown: false,
  articles: [
    {
      id: 'abcdefghijkl',
      title: 'Headline',
      summary: 'What happened.',
      source: 'Example Wire',
      domain: 'example.com',
      url: 'https://www.example.com/news/1',
      authors: ['A. Writer'],
      publishedAt: '2026-11-23T01:00:00Z',
      publishedMs: 1_795_395_600_000,
      topics: [{ topic: 'technology', relevance: 0.9 }],
      score: null,
      tickers: [{ ticker: 'AAPL', relevance: 1, score: 0.1, label: 'Neutral' }]
    }
  ]
}

/** The same snapshot without its articles, as Redis stores it. */
export const storedInfo = {
  key: 'AAPL 7d',
  subject: { ticker: 'AAPL' },
  from: 1_795_000_000_000,
  to: 1_795_600_000_000,
  fetchedMs: 1_795_600_000_000,
  articles: 1,
  untilMs: 1_795_686_400_000
}
