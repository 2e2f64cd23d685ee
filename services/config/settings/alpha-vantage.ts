import { z } from 'zod'
import { choiceSetting, integerSetting, limitSetting, patternSetting } from '../setting-types.ts'

/** The upstream API, the limits of its plan, and how callers share its calls. */
export const alphaVantageSettings = {
  ALPHA_VANTAGE_API_KEY: patternSetting(/^[\x21-\x7E]+$/)
    .optional()
    .meta({
      description: 'Your Alpha Vantage API key, from https://www.alphavantage.co/support/#api-key.',
      examples: ['ABCDEFGH12345678']
    }),
  ALPHA_VANTAGE_BASE_URL: z
    .string()
    .default('https://www.alphavantage.co')
    .meta({
      description:
        'The base URL of Alpha Vantage, to which the client adds /query. It is used only together with a key.',
      examples: ['https://www.alphavantage.co']
    }),
  ALPHA_VANTAGE_TIMEOUT_MS: integerSetting(
    10_000,
    100,
    30_000,
    'Timeout of a call to Alpha Vantage, in milliseconds.'
  ),
  ALPHA_VANTAGE_CALLS_PER_DAY: limitSetting(
    25,
    'The number of calls per day that your Alpha Vantage plan allows.'
  ),
  ALPHA_VANTAGE_CALLS_PER_MINUTE: limitSetting(
    0,
    'The number of calls per minute that your Alpha Vantage plan allows.'
  ),
  ALPHA_VANTAGE_CALLS_PER_SECOND: limitSetting(
    1,
    'The number of calls per second that your Alpha Vantage plan allows. Further calls wait.'
  ),
  ALPHA_VANTAGE_DAY_BEGINS: patternSetting(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day such as 05:00')
    .default('00:00')
    .meta({
      description: 'The time at which a day of your Alpha Vantage plan begins, in UTC.',
      examples: ['05:00']
    }),
  ALPHA_VANTAGE_SHARE_PERCENT: integerSetting(
    50,
    1,
    100,
    "The maximum share of the day's remaining calls for one subject while other subjects send requests, in percent."
  ),
  ALPHA_VANTAGE_RESERVED_CALLS: integerSetting(
    0,
    0,
    1_000_000,
    "The number of the day's calls that are reserved for subjects without a call that day.",
    5
  ),
  ALPHA_VANTAGE_DEADLINE_MS: integerSetting(
    15_000,
    0,
    300_000,
    'How long after a request a call for it may still start, in milliseconds. This includes waiting for the plan and retries.'
  ),
  ALPHA_VANTAGE_RETRIES: integerSetting(
    1,
    0,
    5,
    'The maximum number of retries after a broken connection or a 5xx status. Each retry uses a call.'
  ),
  ALPHA_VANTAGE_PAUSE_MS: integerSetting(
    30_000,
    10,
    3_600_000,
    'The pause in calls after three failures in a row, in milliseconds. Further failures extend it to at most 30 times this value.'
  ),
  ALPHA_VANTAGE_LIMIT: choiceSetting(['50', '1000'])
    .default('1000')
    .meta({
      description:
        'The number of articles that one call requests: 50 or 1000. Alpha Vantage returns no other number.',
      examples: ['1000']
    })
}
