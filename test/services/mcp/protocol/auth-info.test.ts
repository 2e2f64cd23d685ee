import t from 'tap'
import { toAuthInfo } from '../../../../services/mcp/protocol/auth-info.ts'

t.test('toAuthInfo: the caller in the form of the SDKs, without a token', async (t) => {
  const caller = {
    subject: 's',
    clientId: 'c',
    organization: 'o',
    scopes: ['a', 'b'],
    expiresAt: 7,
    tokenId: 'j',
    tokenHash: 'h'
  }
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const extra = { caller, log, recordCall() {}, allowReuse() {} }

  t.same(toAuthInfo(extra), { token: '', clientId: 'c', scopes: ['a', 'b'], expiresAt: 7, extra })
})
