import type { Key } from '../support/key-server.ts'
import type { Fleet } from './fleet.ts'

/** Tokens are renewed when so much of their time is left. */
const marginSeconds = 3
const lifetimeSeconds = 20

export type Tokens = Awaited<ReturnType<typeof createTokens>>

/** The tokens of all callers: good ones, which are renewed in time, and others. */
export async function createTokens({ signToken, createKey, keyServer }: Fleet) {
  const [first] = keyServer.keys
  if (!first) throw new Error('Scalekit has no key')
  let key = first
  let known = new Map<string, { token: Promise<string>; until: number }>()
  const sign = (claims: Parameters<typeof signToken>[0]) => signToken(claims, key)
  const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds
  const foreignKey = await createKey()
  let withdrawn: string | undefined

  return {
    /** A good token of `subject`, the same as before as long as it lasts. */
    good(subject: string): Promise<string> {
      const before = known.get(subject)
      if (before && before.until > inSeconds(marginSeconds)) return before.token
      const until = inSeconds(lifetimeSeconds)
      const token = sign({ sub: subject, exp: until })
      known.set(subject, { token, until })
      return token
    },
    /** A good one that ends soon. */
    short: (subject: string) => sign({ sub: subject, exp: inSeconds(5) }),
    expired: () => sign({ exp: inSeconds(-60) }),
    foreign: () => sign({ aud: 'https://elsewhere.example.com/mcp' }),
    scopeless: () => sign({ scope: 'openid' }),
    /** By a key that was never published. */
    forged: () => signToken({}, foreignKey),
    /** By a key that was withdrawn long enough ago for all to know. */
    withdrawn: () => withdrawn,
    /** Begins to sign by another key, which has been published by then. */
    useKey(next: Key) {
      key = next
      known = new Map()
    },
    /** Takes note that tokens by `old` are bad by now. */
    async note(old: Key) {
      withdrawn = await signToken({ exp: inSeconds(24 * 3600) }, old)
    }
  }
}
