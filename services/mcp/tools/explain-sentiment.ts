import { z } from 'zod'
import { topics } from '../../alpha-vantage/topics.ts'
import {
  byAbsoluteContribution,
  type Contribution,
  computeContributions,
  sourceShares,
  topicShares
} from '../../analysis/contributions.ts'
import { groupStories } from '../../analysis/stories.ts'
import { type ScoredArticle, scoreArticles } from '../../analysis/weighting.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'
import { articlesIn, type Window } from '../../news/window.ts'
import { defineTool, readOnlyLookup } from '../primitives/tool.ts'
import { articleLinks, briefShape, formatBrief, toBrief } from '../schemas/article.ts'
import { provenance, toProvenance, withProvenance } from '../schemas/provenance.ts'
import {
  formatSentiment,
  formatSigned,
  methodNote,
  pluralize,
  round,
  scoreNumber,
  sentimentShape,
  toSentiment
} from '../schemas/sentiment.ts'
import { tickerInput } from '../schemas/ticker.ts'
import { windowInput } from '../schemas/window.ts'
import { createAnswerCache } from './answer-cache.ts'
import { fetchNews } from './fetch-news.ts'

const inputSchema = z.strictObject({
  ticker: tickerInput,
  limit: z
    .int()
    .min(1)
    .max(20)
    .default(4)
    .describe('How many stories, sources and topics to return: 1 to 20.'),
  ...windowInput('7d')
})

const weight = {
  share: z.number().min(0).max(1).describe('Of all weights.'),
  contribution: scoreNumber.describe('What it adds to the level; all of them add up to it, but for rounding.')
}
const part = { articles: z.int().min(1), ...weight }
const rest = z
  .object({ count: z.int().min(1).describe('How many they are.'), ...weight })
  .nullable()
  .describe('Those that are not listed, together; null: all are.')

const outputSchema = z.object({
  ticker: z.string(),
  sentiment: z
    .object(sentimentShape)
    .describe('With insufficient data there is nothing to explain, and nothing below.'),
  stories: z
    .array(z.object({ ...briefShape, score: scoreNumber, ...part }))
    .describe('By contribution, the largest first, whichever way it pulls; copies of a story are one.'),
  other_stories: rest,
  sources: z.array(z.object({ source: z.string(), ...part })).describe('By share.'),
  other_sources: rest,
  topics: z
    .array(z.object({ topic: z.enum(topics).nullable().describe('null: of no topic.'), ...part }))
    .describe('By share; an article counts for its topics by their relevance.'),
  other_topics: rest,
  ...provenance
})

type Output = z.output<typeof outputSchema>

/** The tool `explain_sentiment`: what the level of a ticker's news is made of. */
export function createExplainSentiment(newsSentiment: NewsSentiment) {
  const remembered = createAnswerCache<typeof outputSchema>()

  return defineTool({
    name: 'explain_sentiment',
    title: 'Explanation of a sentiment level',
    description:
      'Tells why the news sentiment of one stock, cryptocurrency or currency is what it is: how much each story, ' +
      'source and topic of a time window (the last 7 days by default) contributes to the level, in numbers that add ' +
      'up to it, with copies of the same story counted as one. Use it for questions on why the mood is good or bad, ' +
      'and to check whether a single story or source is behind it.',
    annotations: readOnlyLookup,
    inputSchema,
    outputSchema,
    example: {
      question: 'Why is the news on Apple no better than neutral?',
      arguments: { ticker: 'AAPL' }
    },
    async handler(input, context) {
      const { ticker, limit } = input
      const found = await fetchNews(newsSentiment, { ticker }, input, context)
      const { news, window, calls, now } = found
      return remembered({ question: [ticker, limit, window], found: [found], calls, now }, () => {
        const articles = articlesIn(news.articles, window)
        const scored = scoreArticles(articles, ticker)
        const sentiment = toSentiment(scored, window, articles.length - scored.length)
        const explained = sentiment.status === 'ok' ? scored : []
        const stories = mergeStories(explained, window)
        const sources = sourceShares(explained, window).map(({ name, ...one }) => ({ source: name, ...one }))
        const byTopic = topicShares(explained, window).map(({ name, ...one }) => ({ topic: name, ...one }))
        const structuredContent: Output = {
          ticker,
          sentiment,
          stories: stories.slice(0, limit).map(({ main, ...one }) => ({
            ...toBrief(main.article, ticker),
            score: round(main.score),
            ...rounded(one)
          })),
          other_stories: remainder(stories, limit),
          sources: sources.slice(0, limit).map((one) => ({ source: one.source, ...rounded(one) })),
          other_sources: remainder(sources, limit),
          topics: byTopic.slice(0, limit).map((one) => ({ topic: one.topic, ...rounded(one) })),
          other_topics: remainder(byTopic, limit),
          ...toProvenance([found], { window, now, calls, method: methodNote(window) })
        }
        const linked = stories.slice(0, limit).map(({ main }) => main.article)
        return {
          text: asText(structuredContent),
          content: articleLinks(linked, { ticker, news, newsSentiment }),
          structuredContent
        }
      })
    }
  })
}

interface Part extends Contribution {
  articles: number
}

/** What each story adds to the level, the largest first, told by the article that was first. */
function mergeStories(scored: ScoredArticle[], window: Window): (Part & { main: ScoredArticle })[] {
  return groupStories(computeContributions(scored, window))
    .flatMap((story) => {
      const main = story.at(-1)
      return main ? [{ main, ...sumParts(story.map((one) => ({ ...one, articles: 1 }))) }] : []
    })
    .sort(byAbsoluteContribution(({ main }) => main.article.id))
}

function sumParts(parts: readonly Part[]): Part {
  return parts.reduce(
    (sum, { articles, share, contribution }) => ({
      articles: sum.articles + articles,
      share: sum.share + share,
      contribution: sum.contribution + contribution
    }),
    { articles: 0, share: 0, contribution: 0 }
  )
}

function remainder(parts: readonly Part[], limit: number) {
  const left = parts.slice(limit)
  const { share, contribution } = rounded(sumParts(left))
  return left.length > 0 ? { count: left.length, share, contribution } : null
}

function rounded({ articles, share, contribution }: Part): Part {
  return { articles, share: Math.min(1, round(share)), contribution: round(contribution) }
}

function asText(answer: Output): string {
  const { ticker, sentiment, stories, other_stories: others, sources, topics: byTopic } = answer
  const told = stories.map(
    (one) =>
      `${formatSigned(one.contribution)} (score ${formatSigned(one.score)}, ${Math.round(one.share * 100)} % of the weight${one.articles > 1 ? `, ${pluralize(one.articles, 'article')}` : ''})\n${formatBrief(one)}`
  )
  const shares = (
    parts: { name: string; share: number; contribution: number }[],
    rest: Output['other_topics']
  ) =>
    [...parts, ...(rest ? [{ name: `${rest.count} more`, ...rest }] : [])]
      .map(
        ({ name, share, contribution }) =>
          `${name} ${Math.round(share * 100)} % (${formatSigned(contribution)})`
      )
      .join(', ')
  return withProvenance(answer, [
    formatSentiment(ticker, sentiment),
    ...(stories.length > 0
      ? [
          ['What moves it most:', ...told].join('\n'),
          [
            ...(others
              ? [
                  `${pluralize(others.count, 'other story', 'other stories')}: ${formatSigned(others.contribution)}.`
                ]
              : []),
            `> By source: ${shares(
              sources.map((one) => ({ ...one, name: one.source })),
              answer.other_sources
            )}`,
            `By topic: ${shares(
              byTopic.map((one) => ({ ...one, name: one.topic ?? 'none' })),
              answer.other_topics
            )}`
          ].join('\n')
        ]
      : [])
  ])
}
