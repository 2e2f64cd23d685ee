import { z } from 'zod'
import type { Article } from '../../alpha-vantage/article.ts'
import { topics } from '../../alpha-vantage/topics.ts'
import { computeSentiment } from '../../analysis/score.ts'
import { findMostRelevant, groupStories, type Story, toStories } from '../../analysis/stories.ts'
import { articleWeight, scoreArticles } from '../../analysis/weighting.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'
import { articlesIn, clampToFetchTime, isHistorical, parseWindow, type Window } from '../../news/window.ts'
import { findTickerSentiment, type NewsEntry } from '../schemas/article.ts'
import { CursorError, CursorExpiredError, decodeCursor, encodeCursor } from '../schemas/cursor.ts'
import { toProvenance } from '../schemas/provenance.ts'
import { toSentiment } from '../schemas/sentiment.ts'
import { tickerInput } from '../schemas/ticker.ts'
import { topicSchema } from '../schemas/topic.ts'
import { windowInput } from '../schemas/window.ts'
import type { FetchedNews } from './fetch-news.ts'

export const maxArticles = 50
const defaultSince = '7d'
const sortOrders = ['weight', 'latest', 'earliest', 'relevance', 'most_bullish', 'most_bearish'] as const

export const newsInput = z.strictObject({
  ticker: tickerInput,
  limit: z.int().min(1).max(maxArticles).default(3).describe('How many stories to return; 3 by default.'),
  ...windowInput(defaultSince),
  topics: z
    .array(topicSchema)
    .max(topics.length)
    .default([])
    .describe('Only articles on all of these topics.'),
  sort: z
    .enum(sortOrders)
    .default('weight')
    .describe('Which stories come first (weight: relevant and recent ones); weight by default.'),
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
  /** The number of entries on earlier pages. */
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

/** Selects the entries of a page, and computes the sentiment of all matching articles in the window. */
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
  const sentiment = computeSentiment(scored, window)
  const listed = [...inWindow, ...selectOlder(matching, page)]
  const sorted = sortEntries(toEntries(listed, sentiment.stories, { ticker, window }), input.sort)
  const nextOffset = offset + limit
  return {
    ticker,
    narrowed_to:
      requiredTopics.length > 0 || minRelevance > 0
        ? { topics: requiredTopics, min_relevance: minRelevance }
        : null,
    sentiment: toSentiment(sentiment, inWindow.length - scored.length),
    entries: sorted.slice(offset, nextOffset),
    articles_available: sorted.length,
    next_cursor:
      nextOffset < sorted.length
        ? encodeCursor(toQuery(input), { news, queriedAtMs, offset: nextOffset })
        : null,
    ...toProvenance([page], { window, now, calls })
  }
}

/** With the default window: the articles older than the window requested upstream, which the list shows as well. */
function selectOlder(matching: Article[], { input, news, window }: NewsPage): Article[] {
  const isDefaultWindow = input.since === defaultSince && !isHistorical(input)
  const until = Math.min(window.from, news.from)
  return isDefaultWindow ? matching.filter(({ publishedMs }) => publishedMs < until) : []
}

interface RankedEntry extends NewsEntry {
  /** The mean weight of the copies; 0 if they do not score the ticker. */
  weight: number
  /** Null if the article does not score the ticker. */
  relevance: number | null
  score: number | null
}

/** One entry for each of `stories`, which the score counts, and for each story of the other `articles`. */
function toEntries(
  articles: readonly Article[],
  stories: readonly Story[],
  { ticker, window }: { ticker: string; window: Window }
): RankedEntry[] {
  const counted = new Set(stories.flatMap(({ copies }) => copies.map(({ article }) => article)))
  const others = articles.filter((article) => !counted.has(article))
  const scored = scoreArticles(others, ticker)
  const scoredArticles = new Set(scored.map(({ article }) => article))
  const unscored = others.filter((article) => !scoredArticles.has(article))
  return [
    ...[...stories, ...toStories(scored, (one) => articleWeight(one, window))].map((story) => {
      const { article, relevance, score } = findMostRelevant(story)
      return { article, copies: story.copies.length, weight: story.weight, relevance, score }
    }),
    ...groupStories(unscored.map((article) => ({ article }))).flatMap((copies) => {
      const [newest] = copies
      return newest ? [{ ...newest, copies: copies.length, weight: 0, relevance: null, score: null }] : []
    })
  ]
}

const sortKeys: Record<NewsQueryInput['sort'], (entry: RankedEntry) => number> = {
  weight: ({ weight }) => weight,
  latest: ({ article }) => article.publishedMs,
  earliest: ({ article }) => -article.publishedMs,
  relevance: ({ relevance }) => relevance ?? -2,
  most_bullish: ({ score }) => score ?? -2,
  most_bearish: ({ score }) => -(score ?? 2)
}

/** Sorts entries. In orders by score, articles that do not score the ticker come last. */
function sortEntries(entries: readonly RankedEntry[], order: NewsQueryInput['sort']): RankedEntry[] {
  const toKey = sortKeys[order]
  return entries.toSorted(
    (a, b) =>
      toKey(b) - toKey(a) ||
      b.article.publishedMs - a.article.publishedMs ||
      (a.article.id < b.article.id ? -1 : 1)
  )
}

/** The part of the input that a cursor is bound to: all but the page size. */
function toQuery({ limit: _, ...query }: NewsQueryInput): unknown {
  return query
}
