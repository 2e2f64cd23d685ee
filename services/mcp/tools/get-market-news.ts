import { z } from 'zod'
import { type Article, sentimentLabels } from '../../alpha-vantage/article.ts'
import { topics } from '../../alpha-vantage/topics.ts'
import { computeContributions } from '../../analysis/contributions.ts'
import { computeBreadth, computeSentiment, type Level } from '../../analysis/level.ts'
import { groupStories } from '../../analysis/stories.ts'
import { type ScoredArticle, scoreArticles } from '../../analysis/weighting.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'
import { articlesIn, type Window } from '../../news/window.ts'
import { defineTool, readOnlyLookup } from '../primitives/tool.ts'
import { articleLinks, formatBrief, toBrief } from '../schemas/article.ts'
import { provenance, toProvenance, withProvenance } from '../schemas/provenance.ts'
import { formatLevel, methodNote, pluralize, round, scoreNumber } from '../schemas/sentiment.ts'
import { windowInput } from '../schemas/window.ts'
import { createAnswerCache } from './answer-cache.ts'
import { fetchNews } from './fetch-news.ts'

const inputSchema = z.strictObject({
  topic: z.enum(topics).optional().describe('Only news on this topic; the whole market when absent.'),
  limit: z.int().min(1).max(10).default(3).describe('How many tickers on either side: 1 to 10.'),
  min_articles: z
    .int()
    .min(3)
    .max(100)
    .default(3)
    .describe('Only tickers that at least so many articles score: 3 to 100.'),
  ...windowInput('24h')
})

const mover = z.object({
  ticker: z.string(),
  level: scoreNumber.describe('-1 (bearish) to 1 (bullish).'),
  label: z.enum(sentimentLabels),
  low: scoreNumber.describe('The uncertainty band: level - 1.96 standard errors.'),
  high: scoreNumber,
  articles: z.int().min(3).describe('How many score the ticker.'),
  stories: z.int().min(1).describe('The same with copies counted once.'),
  evidence: z
    .object({ title: z.string(), source: z.string(), url: z.url(), score: scoreNumber })
    .describe('The article that adds most to the level.')
})

const outputSchema = z.object({
  topic: z.enum(topics).nullable(),
  market: z
    .object({
      articles: z.int().min(0),
      bullish: z.int().min(0),
      neutral: z.int().min(0),
      bearish: z.int().min(0),
      breadth: scoreNumber.nullable().describe('(bullish - bearish) / (bullish + bearish).')
    })
    .describe('All articles by how each sounds as a whole, whoever it is about.'),
  most_bullish: z.array(mover).describe('The highest levels above 0.'),
  most_bearish: z.array(mover).describe('The lowest levels below 0.'),
  tickers_ranked: z.int().min(0).describe('How many tickers enough articles score.'),
  ...provenance
})

type Output = z.output<typeof outputSchema>

/** The tool `get_market_news`: which tickers the news of a topic, or of the whole market, praises and scolds. */
export function createGetMarketNews(newsSentiment: NewsSentiment) {
  const remembered = createAnswerCache<typeof outputSchema>()

  return defineTool({
    name: 'get_market_news',
    title: 'Market news',
    description:
      'Returns the tickers of which the news on a topic, or on the whole market, speaks best and worst over a time ' +
      'window (the last 24 hours by default), each with its level, certainty and the article that says most, and ' +
      'how many articles are bullish and bearish. Use it for questions on what moves the market or a sector when no ' +
      'ticker is named. It is a sample of the news, not of the market: tickers without enough news are not in it; raise ' +
      'min_articles for firmer levels.',
    annotations: readOnlyLookup,
    inputSchema,
    outputSchema,
    example: {
      question: 'Which tech stocks have had the best and the worst news this week?',
      arguments: { topic: 'technology', since: '7d' }
    },
    async handler(input, context) {
      const { topic, limit, min_articles: least } = input
      const found = await fetchNews(newsSentiment, topic ? { topic } : {}, input, context)
      const { news, window, calls, now } = found
      return remembered({ question: [topic, limit, least, window], found: [found], calls, now }, () => {
        const articles = articlesIn(news.articles, window)
        const ranked = rank(articles, { window, least })
        const toMovers = (some: Ranked[]) => some.flatMap((one) => toMover(one, window))
        const bullish = toMovers(ranked.filter(({ level }) => level.value > 0).slice(0, limit))
        const bearish = toMovers(ranked.filter(({ level }) => level.value < 0).slice(-limit)).reverse()
        const structuredContent: Output = {
          topic: topic ?? null,
          market: marketBreadth(articles),
          most_bullish: bullish.map(({ mover }) => mover),
          most_bearish: bearish.map(({ mover }) => mover),
          tickers_ranked: ranked.length,
          ...toProvenance([found], { window, now, calls, method: methodNote(window) })
        }
        return {
          text: asText(structuredContent),
          content: [...bullish, ...bearish].flatMap(({ mover: { ticker }, article }) =>
            articleLinks([article], { ticker, news, newsSentiment })
          ),
          structuredContent
        }
      })
    }
  })
}

interface Ranked {
  ticker: string
  scored: ScoredArticle[]
  level: Level
}

/** The tickers that enough of `articles` score, the highest level first. */
function rank(articles: Article[], { window, least }: { window: Window; least: number }): Ranked[] {
  const byTicker = new Map<string, Article[]>()
  for (const article of articles) {
    for (const { ticker } of article.tickers) {
      const known = byTicker.get(ticker)
      if (known) known.push(article)
      else byTicker.set(ticker, [article])
    }
  }
  return [...byTicker]
    .flatMap(([ticker, about]) => {
      const scored = scoreArticles(about, ticker)
      const { level } = computeSentiment(scored, window)
      return level && scored.length >= least ? [{ ticker, scored, level }] : []
    })
    .sort((a, b) => b.level.value - a.level.value || (a.ticker < b.ticker ? -1 : 1))
}

/** The ticker, with the article that moves its level furthest from 0. */
function toMover({ ticker, scored, level }: Ranked, window: Window) {
  const pull = ({ contribution }: { contribution: number }) => Math.sign(level.value) * contribution
  const [main] = computeContributions(scored, window).sort((a, b) => pull(b) - pull(a))
  if (!main) return []
  const { title, source, url } = toBrief(main.article, ticker)
  const mover = {
    ticker,
    level: round(level.value),
    label: level.label,
    low: round(level.low),
    high: round(level.high),
    articles: scored.length,
    stories: groupStories(scored).length,
    evidence: { title, source, url, score: round(main.score) }
  }
  return [{ mover, article: main.article }]
}

function marketBreadth(articles: Article[]): Output['market'] {
  const { breadth, ...counts } = computeBreadth(articles.flatMap(({ score }) => score ?? []))
  return { articles: articles.length, ...counts, breadth: breadth === null ? null : round(breadth) }
}

function asText(answer: Output): string {
  const { topic, market, most_bullish: bullish, most_bearish: bearish } = answer
  const told = (heading: string, movers: Output['most_bullish']) =>
    movers.length === 0
      ? []
      : [
          [
            heading,
            ...movers.map((one) => `${formatLevel(one.ticker, one)}\n${formatBrief(one.evidence)}`)
          ].join('\n')
        ]
  return withProvenance(answer, [
    `News on ${topic ?? 'the market'}: ${pluralize(market.articles, 'article')}, ${market.bullish} bullish, ${market.neutral} neutral, ${market.bearish} bearish.`,
    ...told('Most bullish:', bullish),
    ...told('Most bearish:', bearish),
    ...(bullish.length + bearish.length === 0
      ? ['No ticker has enough articles: ask for a longer window.']
      : [])
  ])
}
