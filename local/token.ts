import { type Config, readConfig } from '../services/config/config.ts'
import { readEnvironment } from '../services/config/environment.ts'
import { isLocalMode } from '../services/config/local-mode.ts'
import { runCli } from './cli.ts'
import { openScalekitStore, type ScalekitStore } from './scalekit/store.ts'
import { localSettings, machineClientId } from './settings.ts'

/**
 * Requests an access token from the local Scalekit, as a machine client does (client credentials). It is valid for an hour.
 * @throws when the local Scalekit is not running, or when its client secret differs from the one in `store`.
 */
export async function requestToken({ protectedResource }: Config, store: ScalekitStore): Promise<string> {
  const response = await fetch(`${protectedResource.environmentUrl}/oauth/token`, {
    method: 'POST',
    signal: AbortSignal.timeout(5000),
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: machineClientId,
      client_secret: await store.machineSecret(),
      scope: protectedResource.requiredScope
    })
  })
  const { access_token: token, error } = Object(await response.json()) as Record<string, unknown>
  if (typeof token !== 'string')
    throw new Error(
      `The local Scalekit at ${protectedResource.environmentUrl} returned no token (${error}). Run this command with the server's LOCAL_SCALEKIT_PORT and DATA_DIR.`
    )
  return token
}

/** `npm run token` */
async function main() {
  const environment = readEnvironment()
  if (!isLocalMode(environment)) {
    throw new Error('Tokens are printed in local mode only. Scalekit is configured: sign in there.')
  }
  const config = readConfig({ ...environment, ...localSettings(environment) })
  const store = openScalekitStore(config.DATA_DIR)
  try {
    process.stdout.write(`${await requestToken(config, store)}\n`)
  } finally {
    store.close()
  }
}

if (import.meta.main) await runCli(main)
