import { type Config, readConfig } from '../services/config.ts'
import { asksForLocalMode } from '../services/settings.ts'
import { machineClientId } from './scalekit.ts'
import { openScalekitStore, type ScalekitStore } from './scalekit-store.ts'
import { localSettings } from './settings.ts'

/**
 * Asks the practice Scalekit for an access token that works for an hour, as a machine would (client credentials).
 * @throws when the practice Scalekit does not run, or knows another secret than `store`.
 */
export async function requestToken({ protectedResource }: Config, store: ScalekitStore): Promise<string> {
  const response = await fetch(`${protectedResource.environmentUrl}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: machineClientId,
      client_secret: await store.machineSecret(),
      scope: protectedResource.requiredScope
    })
  })
  const { access_token: token, error } = Object(await response.json()) as Record<string, unknown>
  if (typeof token !== 'string') throw new Error(`The practice Scalekit gave no token: ${error}`)
  return token
}

/** `npm run token` */
async function main() {
  try {
    process.loadEnvFile()
  } catch {
    // There need not be an .env file.
  }
  if (!asksForLocalMode(process.env)) {
    throw new Error('Tokens are printed in local mode only; Scalekit is configured, so sign in there.')
  }
  const config = readConfig({ ...process.env, ...localSettings(process.env) })
  const store = openScalekitStore(config.DATA_DIR)
  try {
    process.stdout.write(`${await requestToken(config, store)}\n`)
  } finally {
    store.close()
  }
}

if (import.meta.main) {
  main().catch((error: Error & { cause?: { code?: string } }) => {
    const isDown = error.cause?.code === 'ECONNREFUSED' || error.message === 'fetch failed'
    process.stderr.write(
      `${isDown ? 'The server does not run in local mode: start it first, with npm start.' : error.message}\n`
    )
    process.exitCode = 1
  })
}
