import type { Key } from '../support/key-server.ts'
import type { Fleet } from './fleet.ts'

/** How long before its expiry a token is renewed. */
const marginSeconds = 3
const lifetimeSeconds = 20

export type Tokens = Awaited<ReturnType<typeof createTokens>>

/** The tokens of all callers: valid ones, renewed before they expire, and invalid ones. */
export async function createTokens({ signToken, createKey, keyServer }: Fleet) {
  const [first] = keyServer.keys
  if (!first) throw new Error('Scalekit has no key')
  let key = first
  let cached = new Map<string, { token: Promise<string>; until: number }>()
  const sign = (claims: Parameters<typeof signToken>[0]) => signToken(claims, key)
  const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds
  const foreignKey = await createKey()
  let withdrawn: string | undefined

  return {
    /** A valid token of `subject`, cached until it expires. */
    valid(subject: string): Promise<string> {
      const current = cached.get(subject)
      if (current && current.until > inSeconds(marginSeconds)) return current.token
      const until = inSeconds(lifetimeSeconds)
      const token = sign({ sub: subject, exp: until })
      cached.set(subject, { token, until })
      return token
    },
    /** A valid token that expires in five seconds. */
    shortLived: (subject: string) => sign({ sub: subject, exp: inSeconds(5) }),
    expired: () => sign({ exp: inSeconds(-60) }),
    foreign: () => sign({ aud: 'https://elsewhere.example.com/mcp' }),
    scopeless: () => sign({ scope: 'openid' }),
    /** Signed with a key that was never published. */
    forged: () => signToken({}, foreignKey),
    /** Signed with a key whose withdrawal every replica has seen. */
    withdrawn: () => withdrawn,
    /** Signs later tokens with another key, which must be published. */
    useKey(next: Key) {
      key = next
      cached = new Map()
    },
    /** Records that every replica rejects tokens of `old`. */
    async markWithdrawn(old: Key) {
      withdrawn = await signToken({ exp: inSeconds(24 * 3600) }, old)
    }
  }
}
