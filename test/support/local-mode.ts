import { createApp } from '../../app.ts'
import { localSettings } from '../../local/settings.ts'
import { startLocal } from '../../local/start.ts'
import type { Environment } from '../../services/config/environment.ts'
import { choosePorts } from './process.ts'
import { type Test, temporaryFolder } from './temp.ts'

/** Starts the server in local mode, in this process. `settings` override the defaults. */
export async function startLocally(t: Test, settings: Environment = {}) {
  const environment = { ...(await choosePorts()), DATA_DIR: await temporaryFolder(t), ...settings }
  const log: string[] = []
  const app = await createApp(
    { ...environment, ...localSettings(environment) },
    { logStream: { write: (line) => log.push(line) } }
  )
  const standIns = await startLocal(app.config, app.log)
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= app.close().then(() => standIns.close())
    return closed
  }
  t.teardown(close)
  await app.listen({ ...app.config.listen })

  return {
    app,
    environment,
    log,
    resource: app.metadata.resource,
    scalekit: app.config.protectedResource.environmentUrl,
    /** Stops the server before the test ends. */
    close,
    /** Returns a new token, taken from the banner. */
    async token(): Promise<string> {
      return /\n(eyJ[\w.-]+)\n/.exec(await standIns.banner())?.[1] ?? ''
    }
  }
}
