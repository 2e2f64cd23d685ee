import { z } from 'zod'
import { findTopicsByPrefix } from '../alpha-vantage/topics.ts'
import type { NewsSentiment } from '../news/news-sentiment.ts'
import { isDuration } from '../news/window.ts'
import type { Complete } from './primitives/completion.ts'
import { definePrompt, type Prompt, type PromptMessage } from './primitives/prompt.ts'
import { createTickerSuggestions, tickerSchema } from './schemas/ticker.ts'
import { topicSchema } from './schemas/topic.ts'

const maxTickers = 10
const sourcingRules =
  'Name the source and time of what you quote, with its link. Say when data is insufficient, truncated, old or sample ' +
  'data. Do not give investment advice.'

const tickerList = (minTickers: number) =>
  z
    .string()
    .max(1000)
    .transform(splitTickers)
    .pipe(z.array(tickerSchema))
    .transform((tickers) => [...new Set(tickers)])
    .refine(
      ({ length }) => length >= minTickers && length <= maxTickers,
      `must be ${minTickers} to ${maxTickers} different tickers, separated by commas`
    )
    .describe(`${minTickers} to ${maxTickers} tickers, separated by commas, such as AAPL, MSFT, CRYPTO:BTC.`)

/** Splits a list as people and bridges write it: with commas, spaces or `and`, as JSON, or as Python prints it. */
function splitTickers(list: string): string[] {
  const words = list.match(/[^\s,;[\]"]+/g) ?? []
  return words.filter((word) => word.toLowerCase() !== 'and')
}

const durationArgument = (defaultDuration: string) =>
  z
    .string()
    .trim()
    .refine(isDuration, 'must be a duration such as 24h, 7d or 2w, 90 days at most')
    .default(defaultDuration)
    .describe(`How far back to look, such as 24h, 7d or 2w; ${defaultDuration} when absent.`)

const suggestDurations: Complete = (typed) =>
  ['24h', '7d', '30d', '90d'].filter((duration) => duration.startsWith(typed.trim()))

/** The prompts: common questions, worded so that the model uses the tools well. */
export function createPrompts(newsSentiment: NewsSentiment): Prompt[] {
  const suggestTickers = createTickerSuggestions(newsSentiment)
  return [
    createMorningBrief(suggestTickers),
    createCompareTickers(suggestTickers),
    createExplainMove(suggestTickers)
  ]
}

type SuggestTickers = ReturnType<typeof createTickerSuggestions>

function createMorningBrief(suggestTickers: SuggestTickers): Prompt {
  return definePrompt({
    name: 'morning_brief',
    title: 'Morning brief',
    description: 'A short brief on the news and its sentiment for a watch list of tickers.',
    argumentsSchema: z.strictObject({
      tickers: tickerList(1),
      since: durationArgument('24h'),
      topic: topicSchema.optional().describe('A topic to include in the brief, such as earnings.')
    }),
    complete: {
      tickers: createListCompletion(suggestTickers),
      since: suggestDurations,
      topic: findTopicsByPrefix
    },
    messages: ({ tickers, since, topic }) => [
      userMessage(
        `Write my morning brief on these tickers: ${tickers.join(', ')}.`,
        `Call get_news_sentiment for each with since=${since}; if data is insufficient, call it once more with a ` +
          'longer since, up to 90d. Then give one line per ticker: the mood of the news (label, score and its 95% interval), ' +
          'what it is about, and the most important article. Begin with the ticker that needs attention first.',
        ...(topic
          ? [`Then call get_market_news with topic=${topic} and since=${since}, and add two lines on it.`]
          : []),
        sourcingRules
      )
    ]
  })
}

function createCompareTickers(suggestTickers: SuggestTickers): Prompt {
  return definePrompt({
    name: 'compare_tickers',
    title: 'Compare tickers',
    description:
      'Which of several tickers has better news coverage, and whether the difference is significant.',
    argumentsSchema: z.strictObject({ tickers: tickerList(2), since: durationArgument('7d') }),
    complete: { tickers: createListCompletion(suggestTickers), since: suggestDurations },
    messages: ({ tickers, since }) => [
      userMessage(
        `Compare the news sentiment of ${tickers.join(', ')} over the last ${since}.`,
        `Call compare_news_sentiment with these tickers and since=${since}. Rank them, and call one better than ` +
          'another only if the difference is clear. Then call explain_sentiment for the first ' +
          'and the last, and explain the score of each in one sentence.',
        sourcingRules
      )
    ]
  })
}

function createExplainMove(suggestTickers: SuggestTickers): Prompt {
  return definePrompt({
    name: 'explain_move',
    title: 'Explain a move',
    description: 'Why the news sentiment of a ticker has changed.',
    argumentsSchema: z.strictObject({
      ticker: tickerSchema.describe('The ticker, such as AAPL.'),
      since: durationArgument('14d')
    }),
    complete: { ticker: suggestTickers, since: suggestDurations },
    messages: ({ ticker, since }) => [
      userMessage(
        `Explain how the news sentiment of ${ticker} has changed over the last ${since}, and why.`,
        `Call get_sentiment_trend for ${ticker} with since=${since}, then explain_sentiment for it with the same ` +
          'since. Say when sentiment turned, by how much, and whether the change is larger than its uncertainty; ' +
          'which stories moved it; and whether a single story or source is behind it.',
        'Do not say that news moved the price: this data contains no prices.',
        sourcingRules
      )
    ]
  })
}

/** Suggests how to complete the last ticker of a list. */
function createListCompletion(suggestTickers: SuggestTickers): Complete {
  return (list) => {
    const [, before = '', last = ''] = /^(.*[\s,])?(.*)$/s.exec(list) ?? []
    return suggestTickers(last).map((ticker) => before + ticker)
  }
}

function userMessage(...paragraphs: string[]): PromptMessage {
  return { role: 'user', content: { type: 'text', text: paragraphs.join('\n\n') } }
}
