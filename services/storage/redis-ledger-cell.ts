import type { LedgerCell } from '../budget/ledger-cell.ts'
import type { RedisConnection } from './redis-connection.ts'

/** Sets KEYS[1] to ARGV[2] and returns 1 if its value is ARGV[1], where '' means no value. Otherwise returns 0. */
const compareAndSwapScript = `
  local current = redis.call('GET', KEYS[1]) or ''
  if current ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[2])
  return 1`

/** The ledger of `account` in Redis, which all replicas share. */
export class RedisLedgerCell implements LedgerCell {
  readonly isShared = true
  readonly #connection: RedisConnection
  readonly #key: string
  readonly #now: (() => number) | undefined

  /** `now` replaces the clock of Redis: milliseconds since 1970. */
  constructor(options: { connection: RedisConnection; account: string; now?: (() => number) | undefined }) {
    this.#connection = options.connection
    this.#key = `finance-news:ledger:${options.account}`
    this.#now = options.now
  }

  async read(): Promise<{ text: string | undefined; at: number }> {
    return this.#connection.run(async (redis) => {
      const [text, [seconds, microseconds]] = await Promise.all([redis.get(this.#key), redis.time()])
      const at = Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
      if (!Number.isFinite(at)) throw new Error('Redis returned no time')
      return { text: text ?? undefined, at: this.#now ? this.#now() : at }
    })
  }

  async compareAndSwap(from: string | undefined, to: string): Promise<boolean> {
    const swapped = await this.#connection.run((redis) =>
      redis.eval(compareAndSwapScript, 1, this.#key, from ?? '', to)
    )
    return swapped === 1
  }
}
