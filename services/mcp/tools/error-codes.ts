import { newsErrorCodes, newsErrors } from '../../lib/news-error.ts'

interface ToolError {
  code: string
  /** In which case callers get the error, as a clause. */
  when: string
  /** What a caller can do. Code is in backticks. */
  advice: string
}

/** The errors that tools return, for README.md and the documentation page. */
export const toolErrors: readonly ToolError[] = [
  {
    code: 'INVALID_ARGUMENTS',
    when: 'an argument is invalid',
    advice: 'Correct it as the message says, and call the tool again.'
  },
  {
    code: 'NEWS_CURSOR_EXPIRED',
    when: 'the news that a cursor refers to is no longer cached',
    advice: 'Ask again without the cursor.'
  },
  ...newsErrorCodes.map((code) => {
    const { when, advice } = newsErrors[code]
    return { code, when, advice }
  }),
  {
    code: 'INTERNAL_ERROR',
    when: 'this server failed unexpectedly; its log has the reason',
    advice: 'Report it to the operator.'
  }
]
