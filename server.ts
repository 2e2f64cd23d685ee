import closeWithGrace from 'close-with-grace'
import { createApp } from './app.ts'
import { readEnvironment } from './environment.ts'
import type { Config } from './services/config.ts'
import { InvalidSettingsError } from './services/invalid-settings.ts'
import { asksForLocalMode, type Environment } from './services/settings.ts'

/** The settings that name ports, for when one of those is taken. */
const portSettings = ['PORT', 'METRICS_PORT', 'LOCAL_SCALEKIT_PORT', 'LOCAL_NEWS_PORT'] as const

let environment: Environment = {}
let config: Config | undefined
try {
  await main()
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  process.exit(1)
}

async function main() {
  environment = readEnvironment()
  const local = asksForLocalMode(environment) ? await loadLocal(environment) : undefined
  const app = await createApp({ ...environment, ...local?.settings }, { logStream: local?.logStream })
  config = app.config
  const standIns = await local?.start(config, app.log)

  // A second more than connections have to end.
  closeWithGrace({ delay: config.SHUTDOWN_GRACE_MS + 1500, logger: app.log }, async ({ err, signal }) => {
    if (signal) app.log.info({ signal }, 'ending: open requests may finish')
    if (err) app.log.fatal({ err }, 'the server ends because of an error')
    await app.close()
    await standIns?.close()
  })

  await app.listen({ host: config.HOST, port: config.PORT })
  if (standIns) process.stdout.write(await standIns.welcome())
}

/** The stand-ins for Scalekit and Alpha Vantage; a production install does not have them. */
async function loadLocal(environment: Environment) {
  try {
    const [{ localSettings }, { startLocal }, { default: pretty }] = await Promise.all([
      import('./local/settings.ts'),
      import('./local/start.ts'),
      import('pino-pretty')
    ])
    return {
      settings: localSettings(environment),
      start: startLocal,
      logStream: pretty({ ignore: 'pid,hostname', singleLine: true, sync: true })
    }
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new Error(
      'Scalekit is not configured, and local mode is not installed: set METADATA_JSON_RESPONSE, SCALEKIT_ENVIRONMENT_URL and ALPHA_VANTAGE_API_KEY, or install the development packages with npm ci.'
    )
  }
}

function explain(error: unknown): string {
  if (error instanceof InvalidSettingsError) return error.message
  if (isSystemError(error) && error.code === 'EADDRINUSE') {
    // Before there is a config, what is given says which it was.
    const portOf = (setting: (typeof portSettings)[number]) =>
      config?.[setting] ?? Number(environment[setting])
    const name = portSettings.find((setting) => portOf(setting) === error.port) ?? 'PORT'
    return `Port ${error.port} is in use: end the program that uses it, or choose another port with ${name}.`
  }
  if (isSystemError(error) && /^(listen|getaddrinfo)$/.test(error.syscall ?? '')) {
    return `The server cannot listen on HOST and PORT: ${error.message}`
  }
  return error instanceof Error ? error.message : String(error)
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException & { port?: number } {
  return error instanceof Error && 'code' in error
}
