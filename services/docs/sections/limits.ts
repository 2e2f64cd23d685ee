import { html } from 'ghtml'
import type { Config } from '../../config/config.ts'
import { dayMs, hourMs, minuteMs } from '../../lib/time.ts'
import { maxWindowMs } from '../../news/window.ts'
import type { Section } from '../section.ts'

/** The limits that are set, and how long news is cached. */
export function limitsSection(config: Config): Section {
  const { plan } = config
  const calls = [
    ...(plan.callsPerDay > 0
      ? [`${plan.callsPerDay} a day, which begins at ${config.ALPHA_VANTAGE_DAY_BEGINS} UTC`]
      : []),
    ...(plan.callsPerMinute > 0 ? [`${plan.callsPerMinute} a minute`] : []),
    ...(plan.callsPerSecond > 0 ? [`${plan.callsPerSecond} a second`] : [])
  ]
  const isShared = plan.callsPerDay > 0
  const groups: [title: string, rows: [what: string, limit: string][]][] = [
    [
      'Requests',
      [
        ['Requests of one subject', formatRate(config.RATE_LIMIT_PER_MINUTE)],
        ['Requests from one address', formatRate(config.RATE_LIMIT_ADDRESS_PER_MINUTE)],
        ['Body of a request', `${number(config.BODY_LIMIT_BYTES / 1024)} KiB`],
        ['Open subscriptions of one subject', number(config.SUBSCRIPTIONS_PER_SUBJECT)],
        ['Open subscriptions of all', config.SUBSCRIPTIONS === 0 ? 'no limit' : number(config.SUBSCRIPTIONS)],
        ['A subscription', `ends after ${formatDuration(config.SUBSCRIPTION_MAX_MS)}, or with its token`]
      ]
    ],
    [
      'Calls to Alpha Vantage, for all callers',
      [
        ['Calls', calls.join('; ') || 'no limit'],
        ...(isShared
          ? ([
              [
                'Share of one subject',
                `${Math.round(plan.share * 100)}% of the calls that the day would have left without its own, while other subjects have sent requests within the last ten minutes`
              ]
            ] satisfies [string, string][])
          : []),
        ...(isShared && plan.reserve > 0
          ? ([['Reserved for subjects without a call that day', number(plan.reserve)]] satisfies [
              string,
              string
            ][])
          : []),
        ['Window of a question', `${maxWindowMs / dayMs} days at most`],
        [
          'Articles of a call',
          `${number(Number(config.ALPHA_VANTAGE_LIMIT))} at most, the newest of the window`
        ]
      ]
    ],
    [
      'Cached news, which costs no call',
      [
        ['Fresh', `for ${formatDuration(config.CACHE_TTL_MS)}`],
        ['Stale, if newer news cannot be fetched', `up to ${formatDuration(config.CACHE_GRACE_MS)} old`],
        ['The answer that there is no news', `for ${formatDuration(config.CACHE_NO_NEWS_TTL_MS)}`],
        ['The answer that a ticker is unknown', `for ${formatDuration(config.CACHE_UNKNOWN_TTL_MS)}`]
      ]
    ]
  ]

  return {
    id: 'limits',
    title: 'Limits',
    content: html`<p><a href="#get_news_budget"><code>get_news_budget</code></a> returns how many calls are left, and which news is cached.</p>
!${groups.map(
      ([title, rows]) => html`<table class="pairs">
<thead><tr><th scope="col">${title}</th><th scope="col">Limit</th></tr></thead>
<tbody>
!${rows.map(
        ([what, limit]) => html`<tr><th scope="row">${what}</th><td>${limit}</td></tr>
`
      )}</tbody>
</table>
`
    )}`
  }
}

function formatRate(count: number): string {
  return count === 0 ? 'no limit' : `${number(count)} a minute`
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 1 })
}

const units = [
  ['day', dayMs],
  ['hour', hourMs],
  ['minute', minuteMs],
  ['second', 1000]
] as const

/** Formats a duration in the largest unit that gives exactly 1 or at least 2: `1 hour`, `90 minutes`. */
function formatDuration(ms: number): string {
  const [name, unitMs] = units.find(([, unit]) => ms >= unit && ms % unit === 0) ?? ['millisecond', 1]
  const count = ms / unitMs
  return `${number(count)} ${name}${count === 1 ? '' : 's'}`
}
