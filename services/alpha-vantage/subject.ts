import type { Topic } from './topics.ts'

/** What news is about: a ticker, a topic, or the whole market. */
export interface Subject {
  ticker?: string
  topic?: Topic
}

/** The name of the subject in texts for people. */
export function subjectLabel({ ticker, topic }: Subject): string {
  return ticker ?? topic ?? 'the market'
}

/** Alpha Vantage's notation of tickers. Any other text is rejected as a ticker. */
export const tickerSymbol = /^(?:(?:CRYPTO|FOREX):)?[A-Z0-9][A-Z0-9.-]{0,14}$/
