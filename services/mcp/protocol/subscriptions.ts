import type { CallerInfo } from './auth-info.ts'
import { type Exchange, type Post, rejectExchange } from './messages.ts'

/** How many subscriptions may be open, and for how long. */
export interface SubscriptionLimits {
  maxPerSubject: number
  /** For all subjects together; 0 is no limit. */
  maxTotal: number
  /** A subscription also ends when its token expires. */
  maxDurationMs: number
}

/** The URIs that one subscription may name. */
const maxUris = 100

/** Counts and limits open subscriptions. */
export class Subscriptions {
  readonly #limits: SubscriptionLimits
  readonly #openBySubject = new Map<string, number>()

  constructor(limits: SubscriptionLimits) {
    this.#limits = limits
  }

  /** How many subscriptions are open. */
  count(): number {
    return this.#openBySubject.values().reduce((sum, open) => sum + open, 0)
  }

  /** Opens a subscription with `start`, or rejects `post` if that would exceed a limit. */
  open(post: Post<CallerInfo>, params: unknown, start: (post: Post<CallerInfo>) => Exchange): Exchange {
    const { extra, expiresAt } = post.authInfo
    const { subject } = extra.caller
    const { maxPerSubject, maxTotal, maxDurationMs } = this.#limits
    const open = this.#openBySubject.get(subject) ?? 0
    if (open >= maxPerSubject) {
      const message = `You have ${open} open subscriptions, the maximum. End one first.`
      return rejectExchange(429, { code: -32000, message }, post.body)
    }
    if (maxTotal > 0 && this.count() >= maxTotal) {
      const message = 'The server has too many open subscriptions. Try again later.'
      return rejectExchange(503, { code: -32000, message }, post.body)
    }
    if (countUris(params) > maxUris) {
      const message = `A subscription can name at most ${maxUris} resources.`
      return rejectExchange(400, { code: -32602, message }, post.body)
    }
    this.#openBySubject.set(subject, open + 1)
    const exchange = start(post)
    // The connection of a client that vanished may look open for long.
    const timer = setTimeout(exchange.abort, Math.min(maxDurationMs, expiresAt * 1000 - Date.now()))
    return {
      response: exchange.response,
      abort: () => {
        clearTimeout(timer)
        this.#remove(subject)
        exchange.abort()
      }
    }
  }

  #remove(subject: string) {
    const open = (this.#openBySubject.get(subject) ?? 0) - 1
    if (open > 0) this.#openBySubject.set(subject, open)
    else this.#openBySubject.delete(subject)
  }
}

function countUris(params: unknown): number {
  const { notifications } = Object(params)
  const { resourceSubscriptions } = Object(notifications)
  return Array.isArray(resourceSubscriptions) ? resourceSubscriptions.length : 0
}
