import { toLabel } from '../../services/alpha-vantage/article.ts'
import { type Topic, topicTitles } from '../../services/alpha-vantage/topics.ts'
import { hourMs } from '../../services/lib/time.ts'

/** An article in Alpha Vantage's older or newer format. */
export interface SampleArticle {
  title: string
  url: string
  time_published: string
  authors: string[]
  summary: string
  banner_image?: string | null
  source: string
  category_within_source: string
  source_domain: string
  topics: { topic: string; relevance_score: string }[]
  overall_sentiment_score: number
  overall_sentiment_label: string
  ticker_sentiment: {
    ticker: string
    relevance_score: string
    ticker_sentiment_score: string
    ticker_sentiment_label: string
  }[]
}

/** The sample tickers, with the name for headlines, a topic, and related tickers. */
const companies: Record<string, { name: string; topic: Topic; peers: string[] }> = {
  AAPL: { name: 'Apple', topic: 'technology', peers: ['MSFT', 'GOOGL'] },
  MSFT: { name: 'Microsoft', topic: 'technology', peers: ['GOOGL', 'AMZN'] },
  NVDA: { name: 'Nvidia', topic: 'technology', peers: ['AMD', 'MSFT'] },
  AMD: { name: 'AMD', topic: 'manufacturing', peers: ['NVDA'] },
  GOOGL: { name: 'Alphabet', topic: 'technology', peers: ['META', 'MSFT'] },
  AMZN: { name: 'Amazon', topic: 'retail_wholesale', peers: ['WMT', 'MSFT'] },
  META: { name: 'Meta', topic: 'technology', peers: ['GOOGL'] },
  TSLA: { name: 'Tesla', topic: 'manufacturing', peers: ['NVDA'] },
  JPM: { name: 'JPMorgan Chase', topic: 'finance', peers: ['BRK-A'] },
  'BRK-A': { name: 'Berkshire Hathaway', topic: 'finance', peers: ['AAPL', 'JPM'] },
  JNJ: { name: 'Johnson & Johnson', topic: 'life_sciences', peers: ['WMT'] },
  XOM: { name: 'Exxon Mobil', topic: 'energy_transportation', peers: ['JPM'] },
  WMT: { name: 'Walmart', topic: 'retail_wholesale', peers: ['AMZN'] },
  'CRYPTO:BTC': { name: 'Bitcoin', topic: 'blockchain', peers: ['CRYPTO:ETH'] },
  'CRYPTO:ETH': { name: 'Ethereum', topic: 'blockchain', peers: ['CRYPTO:BTC'] },
  'CRYPTO:SOL': { name: 'Solana', topic: 'blockchain', peers: ['CRYPTO:ETH'] },
  'FOREX:USD': { name: 'The US dollar', topic: 'economy_monetary', peers: ['FOREX:EUR'] },
  'FOREX:EUR': { name: 'The euro', topic: 'economy_monetary', peers: ['FOREX:USD'] }
}

export const sampleTickers = Object.keys(companies)

/** Templates of headlines and summaries, with the mean score of their articles. */
const stories: [meanScore: number, title: string, summary: string, topic?: Topic][] = [
  [
    0.42,
    '{name} raises its outlook after a strong quarter',
    'Demand was broader than expected, and the pace is said to hold into next year.',
    'earnings'
  ],
  [
    0.31,
    'Analysts warm to {name} as orders pick up',
    'Several brokers raised their estimates; the mood among their clients has improved.'
  ],
  [
    0.24,
    '{name} wins a long contract that rivals had hoped for',
    'The agreement runs for several years and adds to an already full book.'
  ],
  [
    0.18,
    "Why {name}'s newest plan wins support",
    'The plan is modest, which is what its supporters seem to like about it.'
  ],
  [
    0.09,
    '{name} sets a date for its meeting with investors',
    'An agenda is to follow; nothing out of the ordinary is expected.',
    'financial_markets'
  ],
  [
    0.03,
    'What to watch at {name} this week',
    'A short list of dates, figures and people that may matter in the days ahead.',
    'financial_markets'
  ],
  [
    -0.04,
    '{name} holds steady while the market drifts',
    'Trading was thin, and neither buyers nor sellers had much to say.',
    'financial_markets'
  ],
  [
    -0.11,
    '{name} delays a launch by a few weeks',
    'A supplier needs more time; the effect on the year is said to be small.'
  ],
  [
    -0.19,
    'Higher costs weigh on {name}, says a survey',
    'Margins are thinner than a year ago, and relief is not expected before spring.',
    'earnings'
  ],
  [
    -0.27,
    'Traders turn cautious on {name} before a long weekend',
    'Buyers stood aside, and the few who sold found it hard to get the price of the day before.'
  ],
  [
    -0.41,
    'Sellers push {name} to its weakest week of the year',
    'No single reason stood out; several brokers lowered their ratings.',
    'financial_markets'
  ]
]

const publishers = [
  'Example Wire',
  'Sample Street Journal',
  'The Daily Specimen',
  'Placeholder Post',
  'Demo Markets'
]

/**
 * Creates invented news on every sample ticker over the 30 days before `now`, newest first, in Alpha Vantage's older or
 * newer format. The result is the same within an hour.
 */
export function createSampleNews(now: Date, { isOlderFormat }: { isOlderFormat: boolean }): SampleArticle[] {
  const lastHour = Math.floor(now.getTime() / hourMs) * hourMs
  return sampleTickers
    .flatMap((ticker, index) => createArticles(ticker, { seed: index + 1, isOlderFormat, lastHour }))
    .sort((a, b) => b.time_published.localeCompare(a.time_published))
}

function createArticles(
  ticker: string,
  { seed, isOlderFormat, lastHour }: { seed: number; isOlderFormat: boolean; lastHour: number }
): SampleArticle[] {
  const random = createRandom(seed)
  const articles: SampleArticle[] = []
  let ageHours = 1 + random() * 5
  for (let number = 0; ageHours < 30 * 24; number += 1) {
    const time = lastHour - ageHours * hourMs
    const article = createArticle(ticker, {
      number,
      isOlderFormat,
      hasLowRelevance: seed % 2 === 1,
      random,
      time
    })
    articles.push(article)
    // Some stories have a copy by another publisher within the hour.
    if (number % 9 === 4) articles.push(syndicate(article, lastHour - (ageHours - 0.4) * hourMs))
    ageHours += 4 + random() * 44
  }
  return articles
}

interface ArticleOptions {
  number: number
  isOlderFormat: boolean
  /** Whether relevance reaches down to 0.02, as in older feeds, instead of 0.3. */
  hasLowRelevance: boolean
  random: () => number
  time: number
}

function createArticle(
  ticker: string,
  { number, isOlderFormat, hasLowRelevance, random, time }: ArticleOptions
): SampleArticle {
  const { topic = 'technology', peers = [] } = companies[ticker] ?? {}
  // The newest article of a ticker is often about a related ticker.
  const isPeerStory = number % 5 === 0
  const subjects = isPeerStory ? [...peers, ticker] : [ticker, ...(number % 3 === 0 ? peers : [])]
  const name = companies[subjects[0] ?? ticker]?.name ?? ticker
  // Every twelfth article is an automated note on a fund's holdings.
  const isNote = number % 12 === 7
  const story = stories[Math.floor(random() * stories.length)] ?? stories[0]
  const [meanScore, title, summary, storyTopic = topic] = isNote
    ? [
        0.06,
        'Example Capital LLC has $4.2 million stake in {name}',
        'The fund reported its holdings in a filing for the last quarter.',
        'financial_markets'
      ]
    : (story ?? [0, '{name}', ''])
  const score = round(meanScore + (random() - 0.5) * 0.16)
  const publisher = publishers[Math.floor(random() * publishers.length)] ?? 'Example Wire'
  const slug = `${ticker.replace(/\W/g, '-').toLowerCase()}-${number}`
  // Feeds contain HTML entities. The newer format repeats the source in place of its domain.
  const encode = (text: string) =>
    text.replaceAll('{name}', name).replaceAll('&', '&amp;').replaceAll("'", '&#39;')

  return {
    title: encode(title),
    url: `https://example.com/news/${slug}`,
    time_published: formatTimestamp(time),
    authors: number % 3 === 1 ? [] : ['Alex Sample'],
    summary: encode(summary),
    ...(number % 4 === 3
      ? {}
      : { banner_image: number % 4 === 1 ? null : `https://example.com/images/${slug}.jpg` }),
    source: publisher,
    category_within_source: isNote ? 'n/a' : 'Markets',
    source_domain: isOlderFormat ? 'www.example.com' : publisher,
    topics: [...new Set([storyTopic, topic])].map((slug, index) => ({
      topic: isOlderFormat ? topicTitles[slug] : slug,
      relevance_score: (index === 0 ? 0.9 : 0.5).toFixed(6)
    })),
    overall_sentiment_score: score,
    overall_sentiment_label: toLabel(score),
    ticker_sentiment: subjects.map((subject, index) => {
      const subjectScore = round(score + (random() - 0.5) * 0.1)
      const relevance =
        (hasLowRelevance ? 0.85 : 0.97) -
        index * (hasLowRelevance ? 0.4 : 0.2) -
        random() * (hasLowRelevance ? 0.1 : 0.06)
      return {
        ticker: subject,
        relevance_score: Math.max(0.02, relevance).toFixed(6),
        ticker_sentiment_score: subjectScore.toFixed(6),
        ticker_sentiment_label: toLabel(subjectScore)
      }
    })
  }
}

function syndicate(article: SampleArticle, time: number): SampleArticle {
  return {
    ...article,
    url: `${article.url}-again`,
    source: 'Copycat News',
    authors: [],
    time_published: formatTimestamp(time)
  }
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6
}

/** `YYYYMMDDTHHMMSS`, UTC. */
export function formatTimestamp(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace(/[-:]/g, '')
}

/** Creates a generator of numbers from 0 to 1 that repeats for the same seed: linear congruential, with ISO C's example constants. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 0x80000000
  }
}
