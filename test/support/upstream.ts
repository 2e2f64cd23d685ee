import type { FastifyReply } from 'fastify'
import type { Test } from 'tap'
import { createLocalAlphaVantage } from '../../local/alpha-vantage/server.ts'

/** The calls that the stand-in for Alpha Vantage allows; 0 is no limit. */
export interface Quota {
  perDay: number
  perMinute: number
  perSecond: number
}

/** The quota of a free key, except for the second. */
export const freeQuota: Quota = { perDay: 25, perMinute: 0, perSecond: 0 }

/** A stand-in for Alpha Vantage that enforces `quota` by `clock`, by `now` or by the time of the machine. */
export async function startUpstream(
  t: Test,
  {
    clock,
    now = clock && (() => clock.now),
    quota = freeQuota
  }: { clock?: { now: number }; now?: (() => number) | undefined; quota?: Quota } = {}
) {
  const upstream = await createLocalAlphaVantage({
    port: 0,
    host: '127.0.0.1',
    quota,
    ...(now && { now })
  })
  t.teardown(() => upstream.close())
  return upstream
}

/** An answer that closes the connection without a response. */
export function breakConnection(reply: FastifyReply): void {
  reply.hijack()
  reply.raw.destroy()
}
