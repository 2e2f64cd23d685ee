import { z } from 'zod'
import { type Article, sentimentLabels } from '../../alpha-vantage/article.ts'
import { truncateUtf8 } from '../../lib/text.ts'
import type { KnownArticle, NewsSentiment } from '../../news/news-sentiment.ts'
import type { NewsSnapshot } from '../../news/snapshot.ts'
import type { ContentBlock } from '../primitives/content.ts'
import { formatTime, notice } from './provenance.ts'
import { scoreNumber } from './sentiment.ts'

/** Lists have the beginnings of texts, in bytes, and no link that is longer; the articles' own resources have all. */
const maxBytes = { title: 120, summary: 160, source: 40, link: 180, linkTitle: 50 }

/** An article that stands for a number. */
export const briefShape = {
  title: z.string(),
  source: z.string().describe('Who published it.'),
  published_at: z.iso.datetime().describe('ISO 8601, UTC.'),
  url: z.url().describe('Where it is; in place of a very long link, the resource that has it.')
}

/** An article of a list. */
export const articleShape = {
  ...briefShape,
  id: z.string().describe('For news:///tickers/{ticker}/articles/{id}, which has all of it.'),
  summary: z.string().describe('Its beginning.'),
  ticker_sentiment_label: z
    .enum(sentimentLabels)
    .nullable()
    .describe('How the article speaks of this ticker; null if it does not score it.'),
  ticker_sentiment_score: scoreNumber.nullable().describe('-1 (bearish) to 1 (bullish).'),
  relevance_score: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .describe('How much the article is about this ticker: 0 to 1.')
}

export type BriefOutput = z.output<z.ZodObject<typeof briefShape>>
export type ArticleOutput = z.output<z.ZodObject<typeof articleShape>>

/** What `article`, which is about `ticker`, says of itself. */
export function toBrief({ id, title, source, publishedAt, url }: Article, ticker: string): BriefOutput {
  return {
    title: truncateUtf8(title, maxBytes.title),
    source: truncateUtf8(source, maxBytes.source),
    published_at: publishedAt,
    url: url.length <= maxBytes.link ? url : articleUri(encodeURIComponent(ticker), id)
  }
}

/** The same, with what it says of `ticker`. */
export function toArticle(article: Article, ticker: string): ArticleOutput {
  const sentiment = findTickerSentiment(article, ticker)
  return {
    id: article.id,
    ...toBrief(article, ticker),
    summary: truncateUtf8(article.summary, maxBytes.summary),
    ticker_sentiment_label: sentiment?.label ?? null,
    ticker_sentiment_score: sentiment?.score ?? null,
    relevance_score: sentiment?.relevance ?? null
  }
}

/** What `article` says of `ticker`; `undefined` if it does not list it. */
export function findTickerSentiment(article: Article, ticker: string) {
  return article.tickers.find((one) => one.ticker === ticker)
}

/** The ticker stands in the path: as a host, `CRYPTO:BTC` would be no valid URL. */
export const articleUri = (ticker: string, id: string) => `news:///tickers/${ticker}/articles/${id}`

/** Links to articles, as parts of an answer; they can be read as long as the service knows of them. */
export function articleLinks(
  articles: readonly Article[],
  { ticker, news, newsSentiment }: { ticker: string; news: NewsSnapshot; newsSentiment: NewsSentiment }
): ContentBlock[] {
  newsSentiment.rememberArticles(news, articles)
  return articles.map(({ id, title }) => ({
    type: 'resource_link',
    uri: articleUri(encodeURIComponent(ticker), id),
    name: truncateUtf8(title, maxBytes.linkTitle)
  }))
}

/** A few lines for people, in the manner of the tutorial. What others wrote is quoted, and has no line breaks in it. */
export function formatArticle(article: ArticleOutput, ticker: string): string {
  const { ticker_sentiment_label: label, ticker_sentiment_score: score, relevance_score: relevance } = article
  const sentiment =
    label === null || score === null || relevance === null
      ? `not scored for ${ticker}`
      : `${label} for ${ticker} (score ${score.toFixed(2)}, relevance ${relevance.toFixed(2)})`
  return [
    `> 📰 ${article.title}`,
    ...(article.summary ? [`> ${article.summary}`] : []),
    `> Source: ${article.source}`,
    `> Link: ${article.url}`,
    `Published: ${formatTime(article.published_at)}`,
    `Sentiment: ${sentiment}`
  ].join('\n')
}

/** One line for people, quoted; the article's link is a part of the answer of its own. */
export function formatBrief({ title, source }: Pick<BriefOutput, 'title' | 'source'>): string {
  return `> ${title} (${source})`
}

/** All that is known of an article, and what it says of `ticker`. */
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
