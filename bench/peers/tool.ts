import type { Answer } from '../tool-call.ts'

/** The tool of every peer. It returns a result of this project's server. */
export const name = 'get_news_sentiment'
export const description = 'Returns the newest news articles on one ticker.'
export const answer: Answer = JSON.parse(process.env.ANSWER ?? '')
export const { result } = answer

export const port = Number(process.env.PORT)
export const host = '127.0.0.1'
