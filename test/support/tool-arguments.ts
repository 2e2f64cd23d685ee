/** Arguments for each tool, so that its answers fill every part of its output schema. */
export const argumentsByTool: Record<string, Record<string, unknown>[]> = {
  get_news_sentiment: [
    { ticker: 'AAPL' },
    { ticker: 'AAPL', since: '1h' },
    { ticker: 'CRYPTO:BTC', limit: 50, since: '30d', sort: 'most_bearish', topics: ['blockchain'] }
  ],
  compare_news_sentiment: [
    { tickers: ['AAPL', 'NFLX', 'FOREX:USD'] },
    { tickers: ['AAPL', 'MSFT'], since: '1h' }
  ],
  get_news_budget: [{}],
  get_sentiment_trend: [
    { ticker: 'TSLA' },
    { ticker: 'TSLA', since: '1h' },
    { ticker: 'TSLA', since: '90d', bucket: 'week' }
  ],
  get_market_news: [{}, { topic: 'blockchain', since: '7d' }, { since: '1h' }],
  explain_sentiment: [
    { ticker: 'NVDA' },
    { ticker: 'NVDA', since: '1h' },
    { ticker: 'NVDA', since: '30d', limit: 20 }
  ]
}
