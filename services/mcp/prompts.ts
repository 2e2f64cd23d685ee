import { z } from 'zod'
import { topics } from '../alpha-vantage/topics.ts'
import type { NewsSentiment } from '../news/news-sentiment.ts'
import { isDuration } from '../news/window.ts'
import type { Complete } from './primitives/completion.ts'
import { definePrompt, type Prompt, type PromptMessage } from './primitives/prompt.ts'
import { createTickerSuggestions, tickerSchema } from './schemas/ticker.ts'

const maxTickers = 10
const sourcingRules =
  'Name the source and time of what you quote, with its link. Say when data is insufficient, truncated, old or sample ' +
  'data. Do not give investment advice.'

const tickerList = (fewest: number) =>
  z
    .string()
    .max(1000)
    .transform((list) => [...new Set(list.toUpperCase().match(/[^\s,]+/g))])
    .pipe(z.array(tickerSchema).min(fewest).max(maxTickers))
    .describe(`${fewest} to ${maxTickers} tickers with commas between them, such as AAPL, MSFT, CRYPTO:BTC.`)

const spanArgument = (span: string) =>
  z
    .string()
    .trim()
    .refine(isDuration, 'must be a span back, such as 24h, 7d or 2w, 90 days at most')
    .default(span)
    .describe(`How far back to look, such as 24h, 7d or 2w; ${span} when absent.`)

/** The prompts: questions that people have every day, put so that the tools are used well. */
export function createPrompts(newsSentiment: NewsSentiment): Prompt[] {
  const suggestTickers = createTickerSuggestions(newsSentiment)
  /** Continues the last ticker of a list. */
  const suggestList: Complete = (list) => {
    const [, before = '', last = ''] = /^(.*[\s,])?(.*)$/s.exec(list) ?? []
    return suggestTickers(last).map((ticker) => before + ticker)
  }
  const suggestSpan: Complete = (start) =>
    ['24h', '7d', '30d', '90d'].filter((span) => span.startsWith(start.trim()))

  const suggestTopics: Complete = (start) =>
    topics.filter((topic) => topic.startsWith(start.trim().toLowerCase()))

  return [
    definePrompt({
      name: 'morning_brief',
      title: 'Morning brief',
      description: 'A short brief on the news and its sentiment for a watch list of tickers.',
      argumentsSchema: z.strictObject({
        tickers: tickerList(1),
        since: spanArgument('24h'),
        topic: z.enum(topics).optional().describe('A topic to brief on, too, such as earnings.')
      }),
      complete: { tickers: suggestList, since: suggestSpan, topic: suggestTopics },
      messages: ({ tickers, since, topic }) => [
        userMessage(
          `Write my morning brief on these tickers: ${tickers.join(', ')}.`,
          `Call get_news_sentiment for each with since=${since}; where that is insufficient, once more with a longer ` +
            'since, up to 90d. ' +
            'Then give one line a ticker: the mood of the news (label, level and its band), what it is about, and the ' +
            'article that matters most. Begin with the ticker that needs attention first.',
          ...(topic
            ? [`Then call get_market_news with topic=${topic} and since=${since}, and add two lines on it.`]
            : []),
          sourcingRules
        )
      ]
    }),
    definePrompt({
      name: 'compare_tickers',
      title: 'Compare tickers',
      description: 'Which of several tickers has the better press, and whether the difference is real.',
      argumentsSchema: z.strictObject({ tickers: tickerList(2), since: spanArgument('7d') }),
      complete: { tickers: suggestList, since: suggestSpan },
      messages: ({ tickers, since }) => [
        userMessage(
          `Compare how the news of the last ${since} speaks of ${tickers.join(', ')}.`,
          `Call compare_news_sentiment with these tickers and since=${since}. Rank them, and call one better than ` +
            'another only where the difference is larger than its uncertainty. Then call explain_sentiment for the ' +
            'first and the last, and say in a sentence each what is behind their levels.',
          sourcingRules
        )
      ]
    }),
    definePrompt({
      name: 'explain_move',
      title: 'Explain a move',
      description: 'Why the mood of the news on a ticker has changed.',
      argumentsSchema: z.strictObject({
        ticker: tickerSchema.describe('The ticker, such as AAPL.'),
        since: spanArgument('14d')
      }),
      complete: { ticker: suggestTickers, since: suggestSpan },
      messages: ({ ticker, since }) => [
        userMessage(
          `Explain how the mood of the news on ${ticker} has moved over the last ${since}, and why.`,
          `Call get_sentiment_trend for ${ticker} with since=${since}, then explain_sentiment for it with the same ` +
            'since. Say when the mood turned, by how much, and whether that is more than its uncertainty; which stories ' +
            'moved it; and whether one story or source is behind it all.',
          'Do not say that news moved the price: none of this is about prices.',
          sourcingRules
        )
      ]
    })
  ]
}

function userMessage(...paragraphs: string[]): PromptMessage {
  return { role: 'user', content: { type: 'text', text: paragraphs.join('\n\n') } }
}
