import { toLabel } from '../../services/alpha-vantage/article.ts'
import { type Topic, topicTitles } from '../../services/alpha-vantage/topics.ts'
import { hourMs } from '../../services/lib/time.ts'
import { companyHeadlines, fillIn, type Headline, marketHeadlines } from './sample-headlines.ts'

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

interface Company {
  /** The name in headlines. */
  name: string
  topic: Topic
  /** Related tickers. */
  peers: string[]
  /** Default: {@link companyHeadlines}. */
  headlines?: Headline[]
}

/** The sample tickers. */
const companies: Record<string, Company> = {
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
  'CRYPTO:BTC': { name: 'Bitcoin', topic: 'blockchain', peers: ['CRYPTO:ETH'], headlines: marketHeadlines },
  'CRYPTO:ETH': { name: 'Ethereum', topic: 'blockchain', peers: ['CRYPTO:BTC'], headlines: marketHeadlines },
  'CRYPTO:SOL': { name: 'Solana', topic: 'blockchain', peers: ['CRYPTO:ETH'], headlines: marketHeadlines },
  'FOREX:USD': {
    name: 'Dollar',
    topic: 'economy_monetary',
    peers: ['FOREX:EUR'],
    headlines: marketHeadlines
  },
  'FOREX:EUR': { name: 'Euro', topic: 'economy_monetary', peers: ['FOREX:USD'], headlines: marketHeadlines }
}

export const sampleTickers = Object.keys(companies)

/** An automated note on a fund's holdings. Another fund's note has the same words and another amount. */
const note: Headline = {
  meanScore: 0.06,
  title: 'Example Capital LLC reports a holding of {amount} million in {name}',
  rewrite: 'Specimen Capital LLC reports a holding of {amount} million in {name}',
  summary: 'The fund reported its holdings in a filing for the last quarter.',
  topic: 'financial_markets'
}

/** How other sources change the title of a story that they copy. */
const rewordings: [source: string, reword: (title: string) => string][] = [
  ['Copycat News', (title) => `${title} - Copycat News`],
  ['Repeat Daily', (title) => `Update: ${title}`],
  ['Echo Markets', (title) => `${title}, report says`]
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

interface Options {
  isOlderFormat: boolean
  /** Whether relevance reaches down to 0.02, as in older feeds, instead of 0.3. */
  hasLowRelevance: boolean
  random: () => number
}

function createArticles(
  ticker: string,
  { seed, isOlderFormat, lastHour }: { seed: number; isOlderFormat: boolean; lastHour: number }
): SampleArticle[] {
  const random = createRandom(seed)
  const options = { isOlderFormat, hasLowRelevance: seed % 2 === 1, random }
  const articles: SampleArticle[] = []
  let ageHours = 1 + random() * 5
  for (let number = 0; ageHours < 30 * 24; number += 1) {
    articles.push(...createEvent(ticker, { ...options, number, time: lastHour - ageHours * hourMs }))
    ageHours += 4 + random() * 44
  }
  return articles
}

/**
 * The articles on one event. Every sixth event has copies by other sources, every sixth an article in other words, and
 * every sixth is a note with a look-alike.
 */
function createEvent(ticker: string, options: Options & { number: number; time: number }): SampleArticle[] {
  const { number, random } = options
  const { peers = [], headlines = companyHeadlines } = companies[ticker] ?? {}
  // The newest article of a ticker is often about a related ticker.
  const isPeerStory = number % 5 === 0
  const subjects = isPeerStory ? [...peers, ticker] : [ticker, ...(number % 3 === 0 ? peers : [])]
  const name = companies[subjects[0] ?? ticker]?.name ?? ticker
  const isNote = number % 6 === 3
  const headline = isNote ? note : (headlines[Math.floor(random() * headlines.length)] ?? note)
  const fill = fillIn(name, random)
  const title = fill(headline.title)
  const article = createArticle(ticker, { ...options, ...headline, title, subjects, isNote })

  const retellAs = (ending: string, fields: { title: string; source: string; hours: number }) =>
    retell(article, { ...options, ...fields, url: `${article.url}-${ending}` })
  if (isNote) {
    const lookAlike = fillIn(name, random)(headline.rewrite)
    return [article, retellAs('look-alike', { title: lookAlike, source: article.source, hours: 1.2 })]
  }
  if (number % 6 === 1) {
    const copies = rewordings
      .slice(0, 1 + (number % 4))
      .map(([source, reword], index) =>
        retellAs(`again-${index + 1}`, { title: reword(title), source, hours: 0.4 + 1.3 * index })
      )
    return [article, ...copies]
  }
  if (number % 6 === 2) {
    const source = pickPublisher(random)
    const rewrite = retellAs('rewritten', { title: fill(headline.rewrite), source, hours: 2.5 })
    return [article, { ...rewrite, summary: encode(`${title}.`) }]
  }
  return [article]
}

interface ArticleFields extends Options, Pick<Headline, 'meanScore' | 'summary' | 'topic'> {
  number: number
  time: number
  title: string
  subjects: string[]
  isNote: boolean
}

function createArticle(
  ticker: string,
  {
    number,
    time,
    title,
    subjects,
    isNote,
    meanScore,
    summary,
    isOlderFormat,
    hasLowRelevance,
    random,
    ...headline
  }: ArticleFields
): SampleArticle {
  const { topic = 'technology' } = companies[ticker] ?? {}
  const score = round(meanScore + (random() - 0.5) * 0.16)
  const publisher = pickPublisher(random)
  const slug = `${ticker.replace(/\W/g, '-').toLowerCase()}-${number}`

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
    // The newer format repeats the source in place of its domain.
    source_domain: isOlderFormat ? 'www.example.com' : publisher,
    topics: [...new Set([headline.topic ?? topic, topic])].map((slug, index) => ({
      topic: isOlderFormat ? topicTitles[slug] : slug,
      relevance_score: (index === 0 ? 0.9 : 0.5).toFixed(6)
    })),
    overall_sentiment_score: score,
    overall_sentiment_label: toLabel(score),
    ticker_sentiment: subjects.map((subject, index) => {
      const relevance =
        (hasLowRelevance ? 0.85 : 0.97) -
        index * (hasLowRelevance ? 0.4 : 0.2) -
        random() * (hasLowRelevance ? 0.1 : 0.06)
      return {
        ticker: subject,
        relevance_score: Math.max(0.02, relevance).toFixed(6),
        ...scoreNear(score, 0.05, random)
      }
    })
  }
}

interface Retelling extends Options {
  url: string
  title: string
  source: string
  /** How much later than the article it is published. */
  hours: number
  time: number
}

/** The same event by another article, with scores that differ a little. */
function retell(
  article: SampleArticle,
  { url, title, source, hours, time, isOlderFormat, random }: Retelling
): SampleArticle {
  return {
    ...article,
    title: encode(title),
    url,
    source,
    source_domain: isOlderFormat ? article.source_domain : source,
    authors: [],
    time_published: formatTimestamp(time + hours * hourMs),
    ticker_sentiment: article.ticker_sentiment.map((sentiment) => ({
      ...sentiment,
      ...scoreNear(Number(sentiment.ticker_sentiment_score), 0.02, random)
    }))
  }
}

function scoreNear(score: number, maxDifference: number, random: () => number) {
  const near = round(score + (random() - 0.5) * 2 * maxDifference)
  return { ticker_sentiment_score: near.toFixed(6), ticker_sentiment_label: toLabel(near) }
}

function pickPublisher(random: () => number): string {
  return publishers[Math.floor(random() * publishers.length)] ?? 'Example Wire'
}

/** Feeds contain HTML entities. */
function encode(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll("'", '&#39;')
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
