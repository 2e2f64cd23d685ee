import { type Config, readConfig } from '../services/config/config.ts'
import { readEnvironment } from '../services/config/environment.ts'
import { isLocalMode } from '../services/config/local-mode.ts'
import { openScalekitStore, type ScalekitStore } from './scalekit/store.ts'
import { localSettings, machineClientId } from './settings.ts'

/**
 * Asks the practice Scalekit for an access token that works for an hour, as a machine would (client credentials).
 * @throws when the practice Scalekit does not run, or knows another secret than `store`.
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
      `The practice Scalekit at ${protectedResource.environmentUrl} gave no token (${error}): run this with the same LOCAL_SCALEKIT_PORT and DATA_DIR as the server.`
    )
  return token
}

/** `npm run token` */
async function main() {
  const environment = readEnvironment()
  if (!isLocalMode(environment)) {
    throw new Error('Tokens are printed in local mode only; Scalekit is configured, so sign in there.')
  }
  const config = readConfig({ ...environment, ...localSettings(environment) })
  const store = openScalekitStore(config.DATA_DIR)
  try {
    process.stdout.write(`${await requestToken(config, store)}\n`)
  } finally {
    store.close()
  }
}

if (import.meta.main) {
  main().catch((error: Error & { cause?: { code?: string } }) => {
    const isDown = error.cause?.code === 'ECONNREFUSED'
    process.stderr.write(
      `${isDown ? 'The server does not run in local mode: start it first, with npm start.' : error.message}\n`
    )
    process.exitCode = 1
  })
}
