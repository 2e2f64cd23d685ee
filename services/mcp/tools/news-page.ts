import { z } from 'zod'
import type { Article, TickerSentiment } from '../../alpha-vantage/article.ts'
import { topics } from '../../alpha-vantage/topics.ts'
import { scoreArticles } from '../../analysis/weighting.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'
import { articlesIn, clampToFetchTime, isHistorical, parseWindow } from '../../news/window.ts'
import { findTickerSentiment } from '../schemas/article.ts'
import { CursorError, CursorExpiredError, decodeCursor, encodeCursor } from '../schemas/cursor.ts'
import { toProvenance } from '../schemas/provenance.ts'
import { methodNote, toSentiment } from '../schemas/sentiment.ts'
import { tickerInput } from '../schemas/ticker.ts'
import { topicSchema } from '../schemas/topic.ts'
import { windowInput } from '../schemas/window.ts'
import type { FetchedNews } from './fetch-news.ts'

export const maxArticles = 50
const defaultSince = '7d'
const sortOrders = ['latest', 'earliest', 'relevance', 'most_bullish', 'most_bearish'] as const

export const newsInput = z.strictObject({
  ticker: tickerInput,
  limit: z.int().min(1).max(maxArticles).default(3).describe('How many articles to return; 3 by default.'),
  ...windowInput(defaultSince),
  topics: z
    .array(topicSchema)
    .max(topics.length)
    .default([])
    .describe('Only articles on all of these topics.'),
  sort: z.enum(sortOrders).default('latest').describe('Which articles come first; latest by default.'),
  min_relevance: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('Only articles at least this relevant to the ticker; 0 by default.'),
  cursor: z
    .string()
    .max(500)
    .optional()
    .describe('next_cursor of the previous page; keep the other arguments the same.')
})

/** The input without the cursor, which a page is selected by. */
export type NewsQueryInput = Omit<z.output<typeof newsInput>, 'cursor'>

export interface NewsPage extends FetchedNews {
  input: NewsQueryInput
  /** The number of articles on earlier pages. */
  offset: number
}

/**
 * Reads the snapshot that `cursor` refers to. The window is parsed from `input` again, so that a forged cursor gives
 * access to nothing but the results of `input`. @throws {CursorError} @throws {CursorExpiredError}
 */
export async function readNewsPage(
  newsSentiment: NewsSentiment,
  cursor: string,
  input: NewsQueryInput
): Promise<NewsPage> {
  const { news: snapshot, queriedAtMs, offset } = decodeCursor(cursor, toQuery(input))
  const found = await newsSentiment.findCached(snapshot.key, snapshot.fetchedAtMs)
  const now = newsSentiment.now()
  if (found?.news.fetchedAtMs !== snapshot.fetchedAtMs) throw new CursorExpiredError()
  const { news } = found
  if (news.subject.ticker !== input.ticker || queriedAtMs > now) throw new CursorError()
  const window = clampToFetchTime(news.fetchedAtMs, parseWindow(input, queriedAtMs), input)
  return { ...found, input, offset, window, calls: 0, queriedAtMs, now }
}

/** Selects the articles of a page, and computes the sentiment of all matching articles in the window. */
export function selectArticles(page: NewsPage) {
  const { input, news, calls, window, offset, queriedAtMs, now } = page
  const { ticker, limit, min_relevance: minRelevance, topics: requiredTopics } = input
  const matching = news.articles.filter(
    (article) =>
      requiredTopics.every((topic) => article.topics.some((one) => one.topic === topic)) &&
      (findTickerSentiment(article, ticker)?.relevance ?? 0) >= minRelevance
  )
  const inWindow = articlesIn(matching, window)
  const scored = scoreArticles(inWindow, ticker)
  const sorted = sortArticles(selectListed(matching, page), input)
  const nextOffset = offset + limit
  return {
    ticker,
    narrowed_to:
      requiredTopics.length > 0 || minRelevance > 0
        ? { topics: requiredTopics, min_relevance: minRelevance }
        : null,
    sentiment: toSentiment(scored, window, inWindow.length - scored.length),
    articles: sorted.slice(offset, nextOffset),
    articles_available: sorted.length,
    next_cursor:
      nextOffset < sorted.length
        ? encodeCursor(toQuery(input), { news, queriedAtMs, offset: nextOffset })
        : null,
    ...toProvenance([page], { window, now, method: methodNote(window), calls })
  }
}

/** The articles in the window. With the default window, also articles older than the window requested upstream. */
function selectListed(matching: Article[], { input, news, window }: NewsPage): Article[] {
  const isDefaultWindow = input.since === defaultSince && !isHistorical(input)
  return matching.filter(
    ({ publishedMs }) =>
      publishedMs <= window.to && (publishedMs >= window.from || (isDefaultWindow && publishedMs < news.from))
  )
}

type ScoreOrder = Exclude<NewsQueryInput['sort'], 'latest' | 'earliest'>

const sortKeys: Record<ScoreOrder, (sentiment: TickerSentiment) => number> = {
  relevance: ({ relevance }) => relevance,
  most_bullish: ({ score }) => score,
  most_bearish: ({ score }) => -score
}

/** Sorts `articles`, which are newest first. In orders by score, articles that do not score the ticker come last. */
function sortArticles(articles: Article[], { sort: order, ticker }: NewsQueryInput): Article[] {
  if (order === 'latest') return articles
  if (order === 'earliest') return articles.toReversed()
  const toKey = (article: Article) => {
    const sentiment = findTickerSentiment(article, ticker)
    return sentiment ? sortKeys[order](sentiment) : -2
  }
  return articles.toSorted((a, b) => toKey(b) - toKey(a))
}

/** The part of the input that a cursor is bound to: all but the page size. */
function toQuery({ limit: _, ...query }: NewsQueryInput): unknown {
  return query
}
