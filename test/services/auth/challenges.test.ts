import t from 'tap'
import { createChallenges } from '../../../services/auth/challenges.ts'

t.test(
  'challenge with any characters: the header value is a valid quoted-string (RFC 9110, section 5.6.4)',
  async (t) => {
    const resource = { metadataUrl: 'https://news.example.com/metadata"x\\y', requiredScope: 'news:read' }
    const reasons: string[] = []
    const challenges = createChallenges(resource as Parameters<typeof createChallenges>[0], (reason) =>
      reasons.push(reason)
    )

    t.equal(
      challenges.unauthorized().challenge,
      'Bearer resource_metadata="https://news.example.com/metadata\\"x\\\\y", scope="news:read"'
    )
    t.match(
      challenges.invalidRequest('naïve "quotes" \\ and\r\nSet-Cookie: a=b \u2028 📰').challenge,
      'error_description="na?ve \\"quotes\\" \\\\ and??Set-Cookie: a=b ? ??"'
    )
    t.match(challenges.insufficientScope(['a', 'b']).challenge, /scope="a b"$/)
    t.strictSame(reasons, ['unauthorized', 'invalid_request', 'insufficient_scope'])
  }
)
