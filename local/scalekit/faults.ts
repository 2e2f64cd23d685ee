import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { importJWK, SignJWT } from 'jose'
import { machineClientId, organization, resourceId } from '../settings.ts'
import type { ScalekitStore } from './store.ts'

/** The commands of `npm run local -- <command> <value>`, with the values of each. */
export const commands = {
  keys: ['rotate', 'withdraw'],
  answers: ['normal', 'error', 'html', 'nothing'],
  token: ['expired', 'foreign', 'no-scope'],
  'token-seconds': ['1', '10', '60', '3600']
} as const

interface FaultsOptions {
  issuer: string
  resource: string
  scopes: readonly string[]
  store: ScalekitStore
  onKeysChange(): Promise<void>
}

/** Injects faults that a real authorization server can have, for tests and for new users. */
export function createFaults({ issuer, resource, scopes, store, onKeysChange }: FaultsOptions) {
  let answers: (typeof commands.answers)[number] = 'normal'
  let accessTokenSeconds = 3600

  /** Signs a token with the newest key and one fault. */
  async function signToken(fault: unknown): Promise<string> {
    const [key] = await store.signingKeys()
    const now = Math.floor(Date.now() / 1000)
    return new SignJWT({
      iss: issuer,
      aud: fault === 'foreign' ? ['https://elsewhere.example.com/mcp'] : [resource, resourceId],
      sub: machineClientId,
      client_id: machineClientId,
      oid: organization,
      jti: randomUUID(),
      iat: now - 60,
      exp: fault === 'expired' ? now - 30 : now + 3600,
      scopes: fault === 'no-scope' ? [] : scopes
    })
      .setProtectedHeader({ alg: 'RS256', kid: key?.kid })
      .sign(await importJWK(key ?? {}, 'RS256'))
  }

  return {
    /** Executes a command such as `{ "keys": "rotate" }`. */
    async execute(command: Record<string, unknown> | undefined): Promise<{ status: number; body: object }> {
      const [[name, value] = []] = Object.entries(command ?? {})
      if (name === 'keys' && (value === 'rotate' || value === 'withdraw')) {
        await (value === 'rotate' ? store.rotateKeys() : store.withdrawKeys())
        await onKeysChange()
        return { status: 200, body: { keys: (await store.signingKeys()).map(({ kid }) => kid) } }
      }
      const answer = commands.answers.find((mode) => name === 'answers' && mode === value)
      if (answer) {
        answers = answer
        return { status: 200, body: { answers } }
      }
      if (name === 'token' && commands.token.some((fault) => fault === value)) {
        return { status: 200, body: { token: await signToken(value) } }
      }
      const seconds = commands['token-seconds'].find((choice) => name === 'token-seconds' && choice === value)
      if (seconds) {
        accessTokenSeconds = Number(seconds)
        return { status: 200, body: { 'token-seconds': accessTokenSeconds } }
      }
      return { status: 400, body: { error: 'unknown command', commands } }
    },
    /** How long the access tokens of people are valid: an hour, or what a command has set. */
    accessTokenSeconds: () => accessTokenSeconds,
    /** While a fault is active, responds instead of the provider, or hangs, and returns `true`. */
    intercept(response: ServerResponse): boolean {
      if (answers === 'error') response.writeHead(500).end('Internal Server Error')
      if (answers === 'html')
        response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Maintenance</h1>')
      return answers !== 'normal'
    }
  }
}
