import t from 'tap'
import { createChallenges } from '../services/challenges.ts'

const caller = { subject: 's', clientId: 'c', organization: 'o', scopes: [], expiresAt: 0, tokenId: 'j' }

t.test(
  'RFC 9110, section 5.6.4: every character is quoted so that the header can be read again',
  async (t) => {
    const challenges = createChallenges({
      metadataUrl: 'https://news.example.com/metadata"x\\y',
      requiredScope: 'news:read'
    } as Parameters<typeof createChallenges>[0])

    t.equal(
      challenges.unauthorized().challenge,
      'Bearer resource_metadata="https://news.example.com/metadata\\"x\\\\y", scope="news:read"'
    )
    t.match(
      challenges.invalidRequest('naïve "quotes" \\ and\r\nSet-Cookie: a=b \u2028 📰').challenge,
      'error_description="na?ve \\"quotes\\" \\\\ and??Set-Cookie: a=b ? ??"'
    )
    t.match(challenges.insufficientScope(['a', 'b'], caller).challenge, /scope="a b"$/)
  }
)
