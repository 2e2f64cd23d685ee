/** Errors that tools answer with, by their codes; those that mean much the same to a caller are together. */
interface ToolErrors {
  codes: readonly string[]
  when: string
  /** What a caller can do; code is in backticks. */
  advice: string
}

/** All of them, for README.md and the documentation page. */
export const toolErrors: readonly ToolErrors[] = [
  {
    codes: ['INVALID_ARGUMENTS'],
    when: 'an input does not fit',
    advice: 'Put it right, as the text says, and ask again.'
  },
  {
    codes: ['NEWS_CURSOR_EXPIRED'],
    when: 'the news that a cursor leads through is not kept any more',
    advice: 'Ask again without the cursor.'
  },
  {
    codes: ['NEWS_TICKER_UNKNOWN', 'NEWS_NOT_FOUND'],
    when: 'Alpha Vantage does not know the ticker; it has no news on it in that window',
    advice: 'Check how the ticker is spelt; ask for a longer window.'
  },
  {
    codes: ['NEWS_QUOTA_SPENT', 'NEWS_MINUTE_SPENT', 'NEWS_RATE_LIMITED'],
    when: 'no calls left today, or this minute; too many wait for their turn',
    advice: 'Ask again at `retry_at`; until then, ask for news that is kept.'
  },
  {
    codes: ['NEWS_SHARE_SPENT'],
    when: "the caller has had its share of the day's calls",
    advice:
      'Ask again at `retry_at`, or when nobody else has asked for ten minutes; until then, for news that is kept.'
  },
  {
    codes: ['NEWS_BUDGET_AWAY'],
    when: 'Redis, where replicas count their calls, is unavailable, so no call is made',
    advice: 'Ask again at `retry_at`; until then, ask for news that is kept.'
  },
  {
    codes: ['NEWS_KEY_REFUSED', 'NEWS_DEMO_KEY', 'NEWS_PREMIUM_ONLY'],
    when: "the operator's key is refused, or the demo one, or its plan too small",
    advice: 'Tell the operator.'
  },
  {
    codes: ['NEWS_CALL_REFUSED'],
    when: "Alpha Vantage does not take this server's calls",
    advice: 'Tell the operator.'
  },
  {
    codes: ['NEWS_UPSTREAM_FAULT', 'NEWS_UPSTREAM_TIMEOUT'],
    when: 'Alpha Vantage is out of order (and after three faults in a row left alone for a while), or too slow',
    advice: 'Ask again at `retry_at`, or in a few minutes.'
  },
  {
    codes: ['INTERNAL_ERROR'],
    when: 'a fault of this server; its log has the reason',
    advice: 'Tell the operator.'
  }
]
