import fastifyEnv from '@fastify/env'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { type Config, readConfig } from '../services/config/config.ts'
import type { Environment } from '../services/config/environment.ts'
import { settingsSchema } from '../services/config/settings.ts'

declare module 'fastify' {
  interface FastifyInstance {
    config: Config
    environment: Environment
  }
}

/** Every setting as an optional string: what a value must be is checked afterwards, for all of them at once. */
const environmentSchema = {
  type: 'object',
  properties: Object.fromEntries(Object.keys(settingsSchema.shape).map((name) => [name, { type: 'string' }]))
}

/** Puts the checked settings on `fastify.config`. */
async function config(fastify: FastifyInstance, { environment }: { environment: Environment }) {
  await fastify.register(fastifyEnv, {
    confKey: 'environment',
    schema: environmentSchema,
    data: environment,
    env: false
  })
  fastify.decorate('config', readConfig(fastify.environment))
  fastify.log.level = fastify.config.LOG_LEVEL
}

export default fp(config, { name: 'config' })
