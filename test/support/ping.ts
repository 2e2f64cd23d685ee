import type { TestServer } from './server.ts'

/** Sends `ping` with an access token. Returns what authentication decides of the response. */
export async function ping({ post }: Pick<TestServer, 'post'>, token: string) {
  const response = await post({ jsonrpc: '2.0', id: 1, method: 'ping' }, { authorization: `Bearer ${token}` })
  const body = (await response.json()) as { error?: string; error_description?: string }
  return { status: response.status, challenge: response.headers.get('www-authenticate'), ...body }
}

export async function pingStatus(server: Pick<TestServer, 'post'>, token: string): Promise<number> {
  return (await ping(server, token)).status
}
