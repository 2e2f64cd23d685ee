import { z } from 'zod'
import {
  byAbsoluteContribution,
  type Contribution,
  sourceShares,
  topicShares
} from '../../analysis/contributions.ts'
import { computeSentiment } from '../../analysis/score.ts'
import { findMostRelevant, type Story, type WeightedArticle } from '../../analysis/stories.ts'
import { scoreArticles, sum } from '../../analysis/weighting.ts'
import { escapeMarkdown, formatBullets, formatNumbered, formatQuote } from '../../lib/markdown.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'
import { articlesIn } from '../../news/window.ts'
import { defineTool, readOnlyLookup } from '../primitives/tool.ts'
import { briefShape, formatArticleHint, formatBrief, toBrief } from '../schemas/article.ts'
import { provenanceShape, toProvenance, withProvenance } from '../schemas/provenance.ts'
import {
  formatPercent,
  formatSentiment,
  formatSigned,
  pluralize,
  round,
  scoreNumber,
  sentimentShape,
  toSentiment
} from '../schemas/sentiment.ts'
import { defineSharedFields } from '../schemas/shared-fields.ts'
import { tickerInput } from '../schemas/ticker.ts'
import { windowInput } from '../schemas/window.ts'
import { fetchNews } from './fetch-news.ts'

const inputSchema = z.strictObject({
  ticker: tickerInput,
  limit: z.int().min(1).max(20).default(4).describe('How many stories, sources and topics; 4 by default.'),
  ...windowInput('7d')
})

export const weightShape = defineSharedFields({
  share: z.number().min(0).max(1).describe('Share of the total weight.'),
  contribution: scoreNumber.describe('Part of the score; all parts add up to it, except for rounding.')
})
const partShape = { articles: z.int().min(1), ...weightShape }
const remainderSchema = z
  .object({ count: z.int().min(1).describe('How many others.'), ...weightShape })
  .nullable()

const outputSchema = z.object({
  ticker: z.string(),
  sentiment: z.object(sentimentShape).describe('With insufficient data, all lists are empty.'),
  stories: z
    .array(z.object({ ...briefShape, score: scoreNumber, ...partShape }))
    .describe('Largest contribution first, positive or negative; copies of a story are combined.'),
  other_stories: remainderSchema,
  sources: z.array(z.object({ source: z.string(), ...partShape })).describe('Largest share first.'),
  other_sources: remainderSchema,
  topics: z
    .array(z.object({ topic: z.string().nullable().describe('null: no topic.'), ...partShape }))
    .describe('Largest share first; an article is divided among its topics by their relevance.'),
  other_topics: remainderSchema,
  ...provenanceShape
})

type Output = z.output<typeof outputSchema>

/** The tool `explain_sentiment`: the contributions to the score of a ticker's news. */
export function createExplainSentiment(newsSentiment: NewsSentiment) {
  return defineTool({
    name: 'explain_sentiment',
    title: 'Explain a sentiment score',
    description:
      'Explains the news sentiment of one stock, cryptocurrency or currency: how much each story, source and topic of a ' +
      'time window (the last 7 days by default) contributes to the score, in numbers that add up to it. Use it for ' +
      'questions on why sentiment is good or bad, and on whether a single story or source is behind it.',
    annotations: readOnlyLookup,
    inputSchema,
    outputSchema,
    example: {
      question: 'Why is the news on Apple no better than neutral?',
      arguments: { ticker: 'AAPL' }
    },
    async handler(input, context) {
      const { ticker, limit } = input
      const fetched = await fetchNews(newsSentiment, { ticker }, input, context)
      const { news, window, calls, now } = fetched
      const articles = articlesIn(news.articles, window)
      const scored = scoreArticles(articles, ticker)
      const sentiment = computeSentiment(scored, window)
      const explained = sentiment.score ? sentiment.stories : []
      const stories = toParts(explained)
      const sources = sourceShares(explained).map(({ name, ...one }) => ({ source: name, ...one }))
      const byTopic = topicShares(explained).map(({ name, ...one }) => ({ topic: name, ...one }))
      const structuredContent: Output = {
        ticker,
        sentiment: toSentiment(sentiment, articles.length - scored.length),
        stories: stories.slice(0, limit).map(({ main, score, ...one }) => ({
          ...toBrief(main.article, ticker),
          score: round(score),
          ...roundPart(one)
        })),
        other_stories: toRemainder(stories, limit),
        sources: sources.slice(0, limit).map((one) => ({ source: one.source, ...roundPart(one) })),
        other_sources: toRemainder(sources, limit),
        topics: byTopic.slice(0, limit).map((one) => ({ topic: one.topic, ...roundPart(one) })),
        other_topics: toRemainder(byTopic, limit),
        ...toProvenance([fetched], { window, now, calls })
      }
      return { text: formatOutput(structuredContent), structuredContent }
    }
  })
}

interface Part extends Contribution {
  articles: number
}

/** What each story adds to the score, largest first. The most relevant copy represents the story. */
function toParts(stories: readonly Story[]): (Part & { main: WeightedArticle; score: number })[] {
  const total = sum(stories.map(({ weight }) => weight))
  return stories
    .map((story) => {
      const share = story.weight / total
      const { score, copies } = story
      const main = findMostRelevant(story)
      return { main, score, articles: copies.length, share, contribution: share * score }
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

function toRemainder(parts: readonly Part[], limit: number) {
  const unlisted = parts.slice(limit)
  const { share, contribution } = roundPart(sumParts(unlisted))
  return unlisted.length > 0 ? { count: unlisted.length, share, contribution } : null
}

function roundPart({ articles, share, contribution }: Part): Part {
  return { articles, share: Math.min(1, round(share)), contribution: round(contribution) }
}

function formatOutput(output: Output): string {
  const { ticker, sentiment, stories, other_stories: others } = output
  const score = formatSentiment(ticker, sentiment)
  if (stories.length === 0) return withProvenance(output, [score])
  const otherStories =
    others &&
    `${pluralize(others.count, 'other story', 'other stories')}: ${formatSigned(others.contribution)}.`
  return withProvenance(
    output,
    [
      score,
      'Largest contributions:',
      formatNumbered(stories.map(formatStory)),
      ...(otherStories ? [otherStories] : []),
      ...formatShares(output)
    ],
    formatArticleHint(ticker)
  )
}

function formatStory(story: Output['stories'][number]): string {
  const { contribution, score, share, articles } = story
  const copies = articles > 1 ? `, ${pluralize(articles, 'article')}` : ''
  return `${formatBrief(story)}\n\n${formatSigned(contribution)} (score ${formatSigned(score)}, ${formatPercent(share)} of the weight${copies})`
}

function formatShares({
  sources,
  other_sources: otherSources,
  topics: topicParts,
  other_topics: otherTopics
}: Output): string[] {
  return [
    'By source:',
    formatBullets([
      ...sources.map((part) => `${formatQuote(escapeMarkdown(part.source))}\n\n${formatPart(part)}`),
      ...formatOthers(otherSources)
    ]),
    'By topic:',
    formatBullets([
      ...topicParts.map((part) => `${part.topic ?? 'none'}: ${formatPart(part)}`),
      ...formatOthers(otherTopics)
    ])
  ]
}

function formatPart({ share, contribution }: Contribution): string {
  return `${formatPercent(share)} of the weight (${formatSigned(contribution)})`
}

function formatOthers(others: Output['other_topics']): string[] {
  return others ? [`${others.count} more: ${formatPart(others)}`] : []
}
