import { z } from 'zod'
import { type Article, sentimentLabels } from '../../alpha-vantage/article.ts'
import { escapeMarkdown, formatQuote, formatUrl } from '../../lib/markdown.ts'
import { truncateUtf8 } from '../../lib/text.ts'
import { formatTime } from '../../lib/time.ts'
import type { KnownArticle } from '../../news/news-index.ts'
import { notice } from './provenance.ts'
import { scoreNumber } from './sentiment.ts'
import { defineSharedFields } from './shared-fields.ts'

/** Bounds of the texts in lists, in bytes. An article's own resource has them in full. */
const maxBytes = { title: 120, summary: 160, source: 40, url: 180 }

/** The fields of an article that is evidence for a number. */
export const briefShape = defineSharedFields({
  id: z.string().describe('For news:///tickers/{ticker}/articles/{id}, which has the full article data.'),
  title: z.string(),
  source: z.string().describe('The publisher.'),
  published_at: z.iso.datetime().describe('ISO 8601, UTC.'),
  url: z
    .url()
    .nullable()
    .describe('The link, or the URI of the resource that has it if it is long; null above 2,048 characters.')
})

/** The fields of an article in a list. */
export const articleShape = defineSharedFields({
  ...briefShape,
  summary: z.string().describe('May be truncated.'),
  ticker_sentiment_label: z
    .enum(sentimentLabels)
    .nullable()
    .describe('Sentiment toward this ticker; null if the article does not score it.'),
  ticker_sentiment_score: scoreNumber.nullable().describe('-1 (bearish) to 1 (bullish).'),
  relevance_score: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .describe('How relevant the article is to this ticker: 0 to 1.')
})

/** The fields of a story in a list: its most relevant copy. */
export const entryShape = {
  ...articleShape,
  copies: z.int().min(1).describe('How many articles are on the same story.')
}

export type BriefOutput = z.output<z.ZodObject<typeof briefShape>>
export type ArticleOutput = z.output<z.ZodObject<typeof articleShape>>

/** Maps `article` to its brief form, with truncated texts. */
export function toBrief({ id, title, source, publishedAt, url }: Article, ticker: string): BriefOutput {
  return {
    id,
    title: truncateUtf8(title, maxBytes.title),
    source: truncateUtf8(source, maxBytes.source),
    published_at: publishedAt,
    url: url === null || url.length <= maxBytes.url ? url : articleUri(encodeURIComponent(ticker), id)
  }
}

/** Maps `article` to an entry of a list, with its sentiment toward `ticker`. */
export function toArticle(article: Article, ticker: string): ArticleOutput {
  const sentiment = findTickerSentiment(article, ticker)
  return {
    ...toBrief(article, ticker),
    summary: truncateUtf8(article.summary, maxBytes.summary),
    ticker_sentiment_label: sentiment?.label ?? null,
    ticker_sentiment_score: sentiment?.score ?? null,
    relevance_score: sentiment?.relevance ?? null
  }
}

/** A story, shown by its most relevant copy. */
export interface NewsEntry {
  article: Article
  /** The number of articles on the story. */
  copies: number
}

/** Maps a story to an entry of a list, with the sentiment of its most relevant copy toward `ticker`. */
export function toEntry({ article, copies }: NewsEntry, ticker: string) {
  return { ...toArticle(article, ticker), copies }
}

/** The sentiment of `article` toward `ticker`; `undefined` if the article does not list it. */
export function findTickerSentiment(article: Article, ticker: string) {
  return article.tickers.find((sentiment) => sentiment.ticker === ticker)
}

/** The ticker is part of the path: as a host, `CRYPTO:BTC` would make the URL invalid. */
export const articleUri = (ticker: string, id: string) => `news:///tickers/${ticker}/articles/${id}`

/** The line that leads from an answer's articles to their resources: those on `ticker`, or on several tickers. */
export function formatArticleHint(ticker?: string): string {
  const uri = articleUri(ticker === undefined ? '{ticker}' : encodeURIComponent(ticker), '{id}')
  return `Full article data: read the resource ${uri} with an id from structuredContent.`
}

/** Formats an article as an item of a list. Third-party text is quoted. */
export function formatArticle(article: ArticleOutput, ticker: string): string {
  const { ticker_sentiment_label: label, ticker_sentiment_score: score, relevance_score: relevance } = article
  const sentiment =
    label === null || score === null || relevance === null
      ? `not scored for ${ticker}`
      : `${label} for ${ticker} (score ${score.toFixed(2)}, relevance ${relevance.toFixed(2)})`
  const quote = formatQuote(
    formatHeadline(article.title),
    ...(article.summary ? [escapeMarkdown(article.summary)] : []),
    `Source: ${escapeMarkdown(article.source)}`,
    ...(article.url === null ? [] : [`Link: ${formatUrl(article.url)}`])
  )
  return `${quote}\n\nPublished: ${formatTime(article.published_at)}. Sentiment: ${sentiment}.`
}

/** Quotes the headline of an article, with its source. */
export function formatBrief({ title, source }: Pick<BriefOutput, 'title' | 'source'>): string {
  return formatQuote(`${formatHeadline(title)} (${escapeMarkdown(source)})`)
}

function formatHeadline(title: string): string {
  return `📰 ${escapeMarkdown(title)}`
}

/** Maps an article to everything that is known about it, with its sentiment toward `ticker`. */
export function toFullArticle({ article, fetchedAtMs, sample }: KnownArticle, ticker: string) {
  return {
    ticker,
    ...toArticle(article, ticker),
    title: article.title,
    summary: article.summary,
    url: article.url,
    source: article.source,
    domain: article.domain,
    authors: article.authors,
    topics: article.topics.map(({ topic, relevance }) => ({ topic, relevance_score: relevance })),
    overall_sentiment_score: article.score,
    tickers: article.tickers.map(({ ticker, label, score, relevance }) => ({
      ticker,
      ticker_sentiment_label: label,
      ticker_sentiment_score: score,
      relevance_score: relevance
    })),
    fetched_at: new Date(fetchedAtMs).toISOString(),
    data_source: 'Alpha Vantage NEWS_SENTIMENT',
    sample_data: sample,
    notice
  }
}
