import type { Topic } from './topics.ts'

/** What news is about: a ticker, a topic, or the whole market. */
export interface Subject {
  ticker?: string
  topic?: Topic
}

/** What people call the subject. */
export function subjectLabel({ ticker, topic }: Subject): string {
  return ticker ?? topic ?? 'the market'
}

/** How Alpha Vantage writes tickers; nothing else is taken for one. */
export const tickerSymbol = /^(?:(?:CRYPTO|FOREX):)?[A-Z0-9][A-Z0-9.-]{0,14}$/
