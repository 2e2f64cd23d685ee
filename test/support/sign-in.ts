import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport
} from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Test } from 'tap'
import { Person } from './oauth-user.ts'

/** The clients that sign in by themselves: both SDKs. */
export const sdks = ['SDK 1', 'SDK 2'] as const

/** Connects the client of an SDK, signs in when the server requires it, and returns the connected client. */
export async function signIn(
  t: Test,
  resource: string,
  { sdk = 'SDK 1', person = new Person() }: { sdk?: (typeof sdks)[number]; person?: Person }
) {
  const url = new URL(resource)
  const info = { name: 'test', version: '1.0.0' }
  if (sdk === 'SDK 1') {
    const first = new StreamableHTTPClientTransport(url, { authProvider: person })
    await t.rejects(new Client(info).connect(first), { message: 'Unauthorized' })
    await first.finishAuth(person.code)
    const client = new Client(info)
    t.teardown(() => client.close())
    await client.connect(new StreamableHTTPClientTransport(url, { authProvider: person }))
    return client
  }
  const createClient = () => new ModernClient(info, { versionNegotiation: { mode: 'auto' } })
  const first = new ModernTransport(url, { authProvider: person })
  await t.rejects(createClient().connect(first), { name: 'UnauthorizedError' })
  await first.finishAuth(person.callback())
  const client = createClient()
  t.teardown(() => client.close())
  await client.connect(new ModernTransport(url, { authProvider: person }))
  return client
}
