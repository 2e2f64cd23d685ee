import fastifyEnv from '@fastify/env'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { type Config, readConfig } from '../services/config/config.ts'
import type { Environment } from '../services/config/environment.ts'
import { findIgnoredSettings, removedSettingNames } from '../services/config/removed-settings.ts'
import { settingsSchema } from '../services/config/settings.ts'

declare module 'fastify' {
  interface FastifyInstance {
    config: Config
  }
}

const settingNames = [...Object.keys(settingsSchema.shape), ...removedSettingNames]

/** Selects the variables that are settings. `readConfig` validates the values, because it reports all problems at once. */
const environmentSchema = {
  type: 'object',
  properties: Object.fromEntries(settingNames.map((name) => [name, {}]))
}

/** Decorates the app with `config`, the validated settings. */
async function config(fastify: FastifyInstance, { environment }: { environment: Environment }) {
  // @fastify/env decorates its scope with the raw values. In a child scope, they do not reach the app.
  let rawSettings: Environment = {}
  await fastify.register(async (scope) => {
    await scope.register(fastifyEnv, { schema: environmentSchema, data: environment, env: false })
    rawSettings = scope.getEnvs()
    Reflect.deleteProperty(scope, 'config')
  })

  fastify.decorate('config', readConfig(rawSettings))
  fastify.log.level = fastify.config.LOG_LEVEL
  for (const setting of findIgnoredSettings(rawSettings)) {
    fastify.log.warn({ setting }, 'setting ignored: it has no effect and can be removed')
  }
}

export default fp(config, { name: 'config' })
