import { z } from 'zod'
import { type Article, sentimentLabels } from '../../alpha-vantage/article.ts'
import { type Contribution, computeContributions } from '../../analysis/contributions.ts'
import { computeBreadth, computeSentiment, type Level } from '../../analysis/level.ts'
import { groupStories } from '../../analysis/stories.ts'
import { type ScoredArticle, scoreArticles } from '../../analysis/weighting.ts'
import { formatNumbered } from '../../lib/markdown.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'
import { articlesIn, type Window } from '../../news/window.ts'
import { defineTool, readOnlyLookup } from '../primitives/tool.ts'
import { briefShape, formatArticleHint, formatBrief, toBrief } from '../schemas/article.ts'
import { provenanceShape, toProvenance, withProvenance } from '../schemas/provenance.ts'
import { formatLevel, methodNote, pluralize, round, scoreNumber } from '../schemas/sentiment.ts'
import { defineSharedFields } from '../schemas/shared-fields.ts'
import { topicSchema } from '../schemas/topic.ts'
import { windowInput } from '../schemas/window.ts'
import { createAnswerCache } from './answer-cache.ts'
import { fetchNews } from './fetch-news.ts'

const inputSchema = z.strictObject({
  topic: topicSchema.optional().describe('Only news on this topic; the whole market by default.'),
  limit: z
    .int()
    .min(1)
    .max(10)
    .default(3)
    .describe('How many bullish and how many bearish tickers; 3 by default.'),
  min_articles: z
    .int()
    .min(3)
    .max(100)
    .default(3)
    .describe('Only tickers that so many articles score; more make levels more reliable. 3 by default.'),
  ...windowInput('24h')
})

const moverSchema = z.object({
  ticker: z.string(),
  ...defineSharedFields({
    level: scoreNumber.describe('-1 (bearish) to 1 (bullish).'),
    label: z.enum(sentimentLabels),
    low: scoreNumber.describe('The uncertainty band: level - 1.96 standard errors.'),
    high: scoreNumber,
    articles: z.int().min(3).describe('Articles that score the ticker.'),
    stories: z.int().min(1).describe('The same, with copies of one story counted once.')
  }),
  evidence: z
    .object({ id: briefShape.id, title: z.string(), source: z.string(), url: z.url(), score: scoreNumber })
    .describe('The article that adds most to the level.')
})

const outputSchema = z.object({
  topic: z.string().nullable(),
  market: z
    .object({
      articles: z.int().min(0),
      bullish: z.int().min(0),
      neutral: z.int().min(0),
      bearish: z.int().min(0),
      breadth: scoreNumber.nullable().describe('(bullish - bearish) / (bullish + bearish).')
    })
    .describe('All articles, counted by the overall sentiment of each.'),
  most_bullish: z.array(moverSchema).describe('The highest levels above 0.'),
  most_bearish: z.array(moverSchema).describe('The lowest levels below 0.'),
  tickers_ranked: z.int().min(0).describe('How many tickers have enough articles.'),
  ...provenanceShape
})

type Output = z.output<typeof outputSchema>

/** The tool `get_market_news`: the tickers with the most bullish and the most bearish news. */
export function createGetMarketNews(newsSentiment: NewsSentiment) {
  const cached = createAnswerCache<typeof outputSchema>()

  return defineTool({
    name: 'get_market_news',
    title: 'Find market movers in the news',
    description:
      'Returns the tickers with the most bullish and most bearish news on a topic, or on the whole market, over a time ' +
      'window (the last 24 hours by default), each with its level and strongest article. Use it for questions on what ' +
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
      const query = [topic, limit, minArticles, window]
      return cached({ query, results: [fetched], calls, now }, () => {
        const articles = articlesIn(news.articles, window)
        const ranked = rankTickers(articles, { window, minArticles })
        const toMovers = (tickers: RankedTicker[]) => tickers.flatMap((one) => toMover(one, window))
        const bullish = toMovers(ranked.filter(({ level }) => level.value > 0).slice(0, limit))
        const bearish = toMovers(ranked.filter(({ level }) => level.value < 0).slice(-limit)).reverse()
        const structuredContent: Output = {
          topic: topic ?? null,
          market: computeMarketBreadth(articles),
          most_bullish: bullish,
          most_bearish: bearish,
          tickers_ranked: ranked.length,
          ...toProvenance([fetched], { window, now, calls, method: methodNote(window) })
        }
        return { text: formatOutput(structuredContent), structuredContent }
      })
    }
  })
}

interface RankedTicker {
  ticker: string
  scored: ScoredArticle[]
  level: Level
}

/** The tickers that at least `minArticles` of `articles` score, highest level first. */
function rankTickers(
  articles: Article[],
  { window, minArticles }: { window: Window; minArticles: number }
): RankedTicker[] {
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
      const scored = scoreArticles(listed, ticker)
      const { level } = computeSentiment(scored, window)
      return level && scored.length >= minArticles ? [{ ticker, scored, level }] : []
    })
    .sort((a, b) => b.level.value - a.level.value || (a.ticker < b.ticker ? -1 : 1))
}

/** Maps a ticker to its entry, with the article that moves its level furthest from 0. */
function toMover({ ticker, scored, level }: RankedTicker, window: Window): Output['most_bullish'] {
  const toStrength = ({ contribution }: Contribution) => Math.sign(level.value) * contribution
  const [main] = computeContributions(scored, window).sort((a, b) => toStrength(b) - toStrength(a))
  if (!main) return []
  const { published_at: _, ...evidence } = toBrief(main.article, ticker)
  return [
    {
      ticker,
      level: round(level.value),
      label: level.label,
      low: round(level.low),
      high: round(level.high),
      articles: scored.length,
      stories: groupStories(scored).length,
      evidence: { ...evidence, score: round(main.score) }
    }
  ]
}

function computeMarketBreadth(articles: Article[]): Output['market'] {
  const { breadth, ...counts } = computeBreadth(articles.flatMap(({ score }) => score ?? []))
  return { articles: articles.length, ...counts, breadth: breadth === null ? null : round(breadth) }
}

function formatOutput(output: Output): string {
  const { topic, market, most_bullish: bullish, most_bearish: bearish } = output
  const counts = `News on ${topic ?? 'the market'}: ${pluralize(market.articles, 'article')}, ${market.bullish} bullish, ${market.neutral} neutral, ${market.bearish} bearish.`
  if (bullish.length + bearish.length === 0) {
    return withProvenance(output, [counts, 'No ticker has enough articles. Ask for a longer window.'])
  }
  return withProvenance(
    output,
    [counts, ...formatMovers('Most bullish:', bullish), ...formatMovers('Most bearish:', bearish)],
    formatArticleHint()
  )
}

function formatMovers(heading: string, movers: Output['most_bullish']): string[] {
  if (movers.length === 0) return []
  const items = movers.map((mover) => `${formatLevel(mover.ticker, mover)}\n\n${formatBrief(mover.evidence)}`)
  return [heading, formatNumbered(items)]
}
