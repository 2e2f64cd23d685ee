import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import closeWithGrace from 'close-with-grace'
import { BatchedLog } from './plugins/observability/batched-log.ts'
import type { Config } from './services/config/config.ts'
import { type Environment, readEnvironment } from './services/config/environment.ts'
import { isLocalMode } from './services/config/local-mode.ts'

/** The settings that name ports: an error about a port in use names its setting. */
const portSettings = ['PORT', 'METRICS_PORT', 'LOCAL_SCALEKIT_PORT', 'LOCAL_NEWS_PORT'] as const

/**
 * Ends the process while it starts, when there is nothing to shut down yet. Without a listener the kernel ignores signals
 * to the first process of a container (PID 1).
 */
const exitImmediately = () => process.exit(0)
const signals = ['SIGTERM', 'SIGINT'] as const

let environment: Environment = {}
let config: Config | undefined

// The build of the image only loads this module, so that it is in the compile cache.
if (import.meta.main) {
  // Covers only modules that load later: main() imports the app. An unwritable folder is no error.
  enableCompileCache(join(import.meta.dirname, 'node_modules/.cache/node'))
  for (const signal of signals) process.on(signal, exitImmediately)
  try {
    await main()
  } catch (error) {
    process.stderr.write(`${formatStartupError(error)}\n`)
    process.exit(1)
  }
}

async function main() {
  environment = readEnvironment()
  const { createApp } = await import('./app.ts')
  const local = isLocalMode(environment) ? await loadLocal(environment) : undefined
  const logStream = await createLogStream()
  const app = await createApp({ ...environment, ...local?.settings }, { logStream })
  config = app.config
  const standIns = await local?.start(config, app.log)

  // After the grace period the server closes connections, waits for its last Redis commands and sends the last traces.
  const closingMs = 2000 + config.REDIS_TIMEOUT_MS
  const delay = config.SHUTDOWN_DELAY_MS + config.SHUTDOWN_GRACE_MS + closingMs
  for (const signal of signals) process.off(signal, exitImmediately)
  closeWithGrace({ delay, logger: app.log }, async ({ err, signal }) => {
    if (signal) app.log.info({ signal }, 'shutdown requested')
    if (err) app.log.fatal({ err }, 'shutting down after an unexpected error')
    // After an error, skip SHUTDOWN_DELAY_MS: a faulty process must not serve requests for longer.
    await (err ? app.close() : app.shutdown())
    await standIns?.close()
    if (logStream instanceof BatchedLog) await logStream.drain()
  })

  await app.listen({ ...config.listen }) // a copy, because Fastify adds properties to it
  if (standIns) process.stdout.write(await standIns.banner())
  const { log } = app
  setTimeout(() => {
    collectGarbage().catch((err) => log.debug({ err }, 'collecting garbage failed'))
  }, 2000).unref()
}

/**
 * Returns the memory that only the start needed to the system. Node would keep it until there is load. The process pauses
 * for about 0.1 s. Without a command-line flag, only Node's inspector can request a collection.
 */
async function collectGarbage() {
  const { Session } = await import('node:inspector/promises')
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.collectGarbage')
  session.disconnect()
}

/** Loads the local stand-ins for Scalekit and Alpha Vantage, which a production install does not include. */
async function loadLocal(environment: Environment) {
  try {
    const [{ localSettings }, { startLocal }] = await Promise.all([
      import('./local/settings.ts'),
      import('./local/start.ts')
    ])
    return { settings: localSettings(environment), start: startLocal }
    /* c8 ignore start -- runs only in the image; test/system/container.test.ts covers it */
  } catch (error) {
    if (!isMissingPackage(error)) throw error
    throw new Error(
      'Scalekit is not configured, and local mode is not installed. Set METADATA_JSON_RESPONSE, SCALEKIT_ENVIRONMENT_URL and ALPHA_VANTAGE_API_KEY, or install the development packages with npm ci.'
    )
  }
  /* c8 ignore stop */
}

/** Returns the stream of the log: pretty-printed in a terminal, if pino-pretty is installed; otherwise JSON lines on stdout. */
async function createLogStream() {
  if (!process.stdout.isTTY) return createBatchedLog()
  /* c8 ignore next 7 -- runs only in a terminal; test/plugins/http/graceful-shutdown.test.ts covers it */
  try {
    const { default: pretty } = await import('pino-pretty')
    return pretty({ ignore: 'pid,hostname', singleLine: true, sync: true })
  } catch (error) {
    if (!isMissingPackage(error)) throw error
    return createBatchedLog()
  }
}

function createBatchedLog() {
  const log = new BatchedLog(process.stdout)
  process.on('exit', () => log.flushSync())
  return log
}

function formatStartupError(error: unknown): string {
  if (isSystemError(error) && error.code === 'EADDRINUSE') {
    // METRICS_PORT is opened before createApp() returns the config: use the environment until then.
    const findPort = (setting: (typeof portSettings)[number]) =>
      config?.[setting] ?? Number(environment[setting])
    const name = portSettings.find((setting) => findPort(setting) === error.port) ?? 'PORT'
    return `Port ${error.port} is in use. Stop the program that uses it, or set ${name} to another port.`
  }
  if (isSystemError(error) && /^(listen|getaddrinfo)$/.test(error.syscall ?? '')) {
    return `Cannot listen on HOST and PORT: ${error.message}`
  }
  return error instanceof Error ? error.message : String(error)
}

/** Whether a package is not installed. */
/* c8 ignore next 3 -- runs only where its callers above do */
function isMissingPackage(error: unknown): boolean {
  return isSystemError(error) && error.code === 'ERR_MODULE_NOT_FOUND'
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException & { port?: number } {
  return error instanceof Error && 'code' in error
}
