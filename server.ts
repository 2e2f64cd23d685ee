import closeWithGrace from 'close-with-grace'
import { createApp } from './app.ts'
import type { Config } from './services/config/config.ts'
import type { Environment } from './services/config/environment.ts'
import { readEnvironment } from './services/config/environment.ts'
import { InvalidSettingsError } from './services/config/invalid-settings.ts'
import { isLocalMode } from './services/config/local-mode.ts'

/** The settings that name ports, for when one of those is taken. */
const portSettings = ['PORT', 'METRICS_PORT', 'LOCAL_SCALEKIT_PORT', 'LOCAL_NEWS_PORT'] as const

/** Before there is anything to end with grace; the first process of a container has to ask for signals. */
const exitImmediately = () => process.exit(0)
const signals = ['SIGTERM', 'SIGINT'] as const
for (const signal of signals) process.on(signal, exitImmediately)

let environment: Environment = {}
let config: Config | undefined
try {
  await main()
} catch (error) {
  process.stderr.write(`${formatStartupError(error)}\n`)
  process.exit(1)
}

async function main() {
  environment = readEnvironment()
  const local = isLocalMode(environment) ? await loadLocal(environment) : undefined
  const app = await createApp({ ...environment, ...local?.settings }, { logStream: await createLogStream() })
  config = app.config
  const standIns = await local?.start(config, app.log)

  // After the grace period connections are cut, Redis is told what was not used, and the last traces are sent.
  const closingMs = 2000 + config.REDIS_TIMEOUT_MS
  const delay = config.SHUTDOWN_DELAY_MS + config.SHUTDOWN_GRACE_MS + closingMs
  for (const signal of signals) process.off(signal, exitImmediately)
  closeWithGrace({ delay, logger: app.log }, async ({ err, signal }) => {
    if (signal) app.log.info({ signal }, 'asked to end')
    if (err) app.log.fatal({ err }, 'the server ends because of an error')
    // After an error nothing waits for balancers: what is wrong should be over soon.
    await (err ? app.close() : app.shutdown())
    await standIns?.close()
  })

  await app.listen({ ...config.listen }) // to which Fastify adds
  if (standIns) process.stdout.write(await standIns.banner())
}

/** The stand-ins for Scalekit and Alpha Vantage; a production install does not have them. */
async function loadLocal(environment: Environment) {
  try {
    const [{ localSettings }, { startLocal }] = await Promise.all([
      import('./local/settings.ts'),
      import('./local/start.ts')
    ])
    return { settings: localSettings(environment), start: startLocal }
    /* c8 ignore start -- only in the image, where test/system/container.test.ts sees it */
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new Error(
      'Scalekit is not configured, and local mode is not installed: set METADATA_JSON_RESPONSE, SCALEKIT_ENVIRONMENT_URL and ALPHA_VANTAGE_API_KEY, or install the development packages with npm ci.'
    )
  }
  /* c8 ignore stop */
}

/** Where to log to: in a terminal with colours, if the package for them is installed; else lines of JSON. */
async function createLogStream() {
  if (!process.stdout.isTTY) return undefined
  /* c8 ignore next 7 -- in a terminal alone, where test/plugins/http/graceful-shutdown.test.ts sees it */
  try {
    const { default: pretty } = await import('pino-pretty')
    return pretty({ ignore: 'pid,hostname', singleLine: true, sync: true })
  } catch (error) {
    if (!isMissing(error)) throw error
    return undefined
  }
}

function formatStartupError(error: unknown): string {
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

/** Whether it is a package that is not there: a production install has not all of them. */
/* c8 ignore next 3 -- as where it is called */
function isMissing(error: unknown): boolean {
  return isSystemError(error) && error.code === 'ERR_MODULE_NOT_FOUND'
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException & { port?: number } {
  return error instanceof Error && 'code' in error
}
