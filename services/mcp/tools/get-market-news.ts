import { z } from 'zod'
import type { Article } from '../../alpha-vantage/article.ts'
import {
  computeBreadth,
  computeSentiment,
  minStories,
  type Score,
  type Sentiment
} from '../../analysis/score.ts'
import { findMostRelevant, groupStories, type Story } from '../../analysis/stories.ts'
import { scoreArticles, sum } from '../../analysis/weighting.ts'
import { formatNumbered } from '../../lib/markdown.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'
import { articlesIn, type Window } from '../../news/window.ts'
import { defineTool, readOnlyLookup } from '../primitives/tool.ts'
import { briefShape, formatArticleHint, formatBrief, toBrief } from '../schemas/article.ts'
import { provenanceShape, toProvenance, withProvenance } from '../schemas/provenance.ts'
import { formatScore, pluralize, round, scoreNumber, scoreShape, toScore } from '../schemas/sentiment.ts'
import { topicSchema } from '../schemas/topic.ts'
import { windowInput } from '../schemas/window.ts'
import { fetchNews } from './fetch-news.ts'

const inputSchema = z.strictObject({
  topic: topicSchema.optional().describe('Only news on this topic; the whole market by default.'),
  limit: z.int().min(1).max(10).default(3).describe('How many tickers of each list; 3 by default.'),
  min_articles: z
    .int()
    .min(3)
    .max(100)
    .default(3)
    .describe('Only tickers that so many articles score; more make scores more reliable. 3 by default.'),
  ...windowInput('24h')
})

const moverSchema = z.object({
  ticker: z.string(),
  ...scoreShape,
  evidence: z
    .object({
      id: briefShape.id,
      title: z.string(),
      source: z.string(),
      url: briefShape.url,
      score: scoreNumber
    })
    .describe('The most relevant article on the story that adds most to the score.')
})

const outputSchema = z.object({
  topic: z.string().nullable(),
  market: z
    .object({
      articles: z.int().min(0),
      stories: z.int().min(0),
      bullish: z.int().min(0),
      neutral: z.int().min(0),
      bearish: z.int().min(0),
      breadth: scoreNumber.nullable().describe('(bullish - bearish) / (bullish + bearish).')
    })
    .describe('All stories, counted by the overall sentiment of each.'),
  most_bullish: z.array(moverSchema).describe('The highest scores above 0.'),
  most_bearish: z.array(moverSchema).describe('The lowest scores below 0.'),
  tickers_ranked: z.int().min(0).describe('How many tickers have a score and enough articles.'),
  ...provenanceShape
})

type Output = z.output<typeof outputSchema>

/** The tool `get_market_news`: the tickers whose news has the highest and the lowest scores. */
export function createGetMarketNews(newsSentiment: NewsSentiment) {
  return defineTool({
    name: 'get_market_news',
    title: 'Find market movers in the news',
    description:
      'Returns the tickers whose news has the highest and the lowest sentiment scores, on a topic or on the whole market, ' +
      'over a time window (the last 24 hours by default), each with its score and strongest article. Use it for questions on what ' +
      'moves the market or a sector when no ticker is named. It samples the news, not the market: tickers with little ' +
      'news are missing.',
    annotations: readOnlyLookup,
    inputSchema,
    outputSchema,
    example: {
      question: 'Which tech stocks have had the best and the worst news this week?',
      arguments: { topic: 'technology', since: '7d' }
    },
    async handler(input, context) {
      const { topic, limit, min_articles: minArticles } = input
      const fetched = await fetchNews(newsSentiment, topic ? { topic } : {}, input, context)
      const { news, window, calls, now } = fetched
      const articles = articlesIn(news.articles, window)
      const scored = scoreTickers(articles, window)
      const ranked = scored.filter((one) => one.articles >= minArticles)
      const bullish = ranked.filter(({ score }) => round(score.value) > 0).slice(0, limit)
      const bearish = ranked.filter(({ score }) => round(score.value) < 0).slice(-limit)
      const structuredContent: Output = {
        topic: topic ?? null,
        market: computeMarketBreadth(articles),
        most_bullish: bullish.flatMap(toMover),
        most_bearish: bearish.reverse().flatMap(toMover),
        tickers_ranked: ranked.length,
        ...toProvenance([fetched], { window, now, calls })
      }
      const text = formatOutput(structuredContent, { minArticles, scored: scored.length })
      return { text, structuredContent }
    }
  })
}

interface RankedTicker extends Sentiment {
  ticker: string
  score: Score
}

/** The tickers that have a score by `articles`, highest score first. */
function scoreTickers(articles: Article[], window: Window): RankedTicker[] {
  const byTicker = new Map<string, Article[]>()
  for (const article of articles) {
    for (const { ticker } of article.tickers) {
      const listed = byTicker.get(ticker)
      if (listed) listed.push(article)
      else byTicker.set(ticker, [article])
    }
  }
  return [...byTicker]
    .flatMap(([ticker, listed]) => {
      const { score, ...sentiment } = computeSentiment(scoreArticles(listed, ticker), window)
      return score ? [{ ticker, score, ...sentiment }] : []
    })
    .sort((a, b) => b.score.value - a.score.value || (a.ticker < b.ticker ? -1 : 1))
}

/** Maps a ticker to its entry, with the story that moves its score furthest from 0: its most relevant copy. */
function toMover({ ticker, ...sentiment }: RankedTicker): Output['most_bullish'] {
  const toStrength = ({ weight, score }: Story) => Math.sign(sentiment.score.value) * weight * score
  const [strongest] = sentiment.stories.toSorted((a, b) => toStrength(b) - toStrength(a))
  if (!strongest) return []
  const main = findMostRelevant(strongest)
  const { published_at: _, ...evidence } = toBrief(main.article, ticker)
  return [{ ticker, ...toScore(sentiment), evidence: { ...evidence, score: round(main.score) } }]
}

/** Counts the stories of the market by the mean overall score of their copies. */
function computeMarketBreadth(articles: Article[]): Output['market'] {
  const stories = groupStories(articles.map((article) => ({ article })))
  const scores = stories.flatMap((story) => {
    const overall = story.flatMap(({ article }) => article.score ?? [])
    return overall.length > 0 ? [sum(overall) / overall.length] : []
  })
  const { breadth, ...counts } = computeBreadth(scores)
  return {
    articles: articles.length,
    stories: stories.length,
    ...counts,
    breadth: breadth === null ? null : round(breadth)
  }
}

interface Candidates {
  minArticles: number
  /** The number of tickers that have a score, with any number of articles. */
  scored: number
}

function formatOutput(output: Output, candidates: Candidates): string {
  const { topic, market, most_bullish: bullish, most_bearish: bearish } = output
  const counts = `News on ${topic ?? 'the market'}: ${pluralize(market.articles, 'article')}, ${pluralize(market.stories, 'story', 'stories')}: ${market.bullish} bullish, ${market.neutral} neutral, ${market.bearish} bearish.`
  if (bullish.length + bearish.length === 0) {
    return withProvenance(output, [counts, explainEmpty(output, candidates)])
  }
  return withProvenance(
    output,
    [
      counts,
      ...(bullish.length > 0 ? formatMovers('Highest scores:', bullish) : ['No ticker has a score above 0.']),
      ...(bearish.length > 0 ? formatMovers('Lowest scores:', bearish) : ['No ticker has a score below 0.'])
    ],
    formatArticleHint()
  )
}

/** Explains why both lists are empty. */
function explainEmpty({ tickers_ranked: ranked }: Output, { minArticles, scored }: Candidates): string {
  if (ranked > 0) return `No score is above or below 0, of ${pluralize(ranked, 'ranked ticker')}.`
  if (scored > 0) {
    return `No ticker is scored by at least ${minArticles} articles. Ask for a lower min_articles or a longer window.`
  }
  return `No ticker has a score, which needs at least ${minStories} stories. Ask for a longer window.`
}

function formatMovers(heading: string, movers: Output['most_bullish']): string[] {
  const items = movers.map((mover) => `${formatScore(mover.ticker, mover)}\n\n${formatBrief(mover.evidence)}`)
  return [heading, formatNumbered(items)]
}
