import { z } from 'zod'
import { definePrompt } from './prompt.ts'
import { suggestTickers, tickerSchema } from './ticker.ts'

const mostTickers = 10

/** The prompt `morning_brief`: what the news says this morning about the tickers that somebody watches. */
export const morningBrief = definePrompt({
  name: 'morning_brief',
  title: 'Morning brief',
  description: 'A short brief on the news and its sentiment for a watch list of tickers.',
  argumentsSchema: z.strictObject({
    tickers: z
      .string()
      .max(1000)
      .transform((list) => list.split(/[\s,]+/).filter(Boolean))
      .pipe(z.array(tickerSchema).min(1).max(mostTickers))
      .describe(
        `The watch list: 1 to ${mostTickers} tickers with commas between them, such as AAPL, MSFT, CRYPTO:BTC.`
      )
  }),
  complete: { tickers: suggestWatchList },
  messages: ({ tickers }) => [
    {
      role: 'user',
      content: {
        type: 'text',
        text: [
          `Write my morning brief on these tickers: ${tickers.join(', ')}.`,
          'For each, call get_news_sentiment. Then give one line a ticker: the mood of the news (bullish, bearish or ' +
            'mixed, with the scores that say so), what it is about, and the source, time and link of the article that ' +
            'matters most. Begin with the ticker that needs attention first.',
          'Say when there is no news, when it is old, and when the data is sample data. Do not give investment advice.'
        ].join('\n\n')
      }
    }
  ]
})

/** Continues the last ticker of a list. */
function suggestWatchList(list: string): string[] {
  const [, before = '', last = ''] = /^(.*[\s,])?(.*)$/s.exec(list) ?? []
  return suggestTickers(last).map((ticker) => before + ticker)
}
