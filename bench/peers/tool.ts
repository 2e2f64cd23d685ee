import type { Result } from '../question.ts'

/** What every peer offers: the tool that is called, with the answer that this project's own server has given. */
export const name = 'get_news_sentiment'
export const description = 'Returns the newest news articles on one ticker.'
export const answer: Result = JSON.parse(process.env.ANSWER ?? '')

export const port = Number(process.env.PORT)
export const host = '127.0.0.1'
