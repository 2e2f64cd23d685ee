import { type Environment, readSetting } from '../services/config/environment.ts'
import { sampleKey } from '../services/config/news-source.ts'
import { settingsSchema } from '../services/config/settings.ts'

/** The id that the practice Scalekit gives to this MCP server. */
export const resourceId = 'res_local'
export const resourcePath = `/resources/${resourceId}`
/** The machine client whose tokens `npm run token` prints. */
export const machineClientId = 'm2m_local'
export const organization = 'org_local'
/** Where the practice Scalekit is told what to do. */
export const controlPath = '/control'

/**
 * The settings that point the server at the stand-ins: what an operator would set for the real ones. What is malformed
 * in `environment` plays no part in them: it is told of itself.
 */
export function localSettings(environment: Environment): Environment {
  const host = readSetting(environment, 'HOST') ?? 'localhost'
  const environmentUrl = `http://localhost:${portIn(environment, 'LOCAL_SCALEKIT_PORT')}`
  const resource = `http://${host === '::1' ? '[::1]' : host}:${portIn(environment, 'PORT')}/mcp`

  return {
    SCALEKIT_ENVIRONMENT_URL: environmentUrl,
    METADATA_JSON_RESPONSE: JSON.stringify({
      authorization_servers: [`${environmentUrl}/resources/${resourceId}`],
      bearer_methods_supported: ['header'],
      resource,
      resource_documentation: `${resource}/docs`
    }),
    ...(!readSetting(environment, 'ALPHA_VANTAGE_API_KEY') && {
      ALPHA_VANTAGE_API_KEY: sampleKey,
      // The sample news has no quota; one can be set, to see how it is shared.
      ALPHA_VANTAGE_CALLS_PER_DAY: readSetting(environment, 'ALPHA_VANTAGE_CALLS_PER_DAY') ?? '0',
      ALPHA_VANTAGE_CALLS_PER_SECOND: readSetting(environment, 'ALPHA_VANTAGE_CALLS_PER_SECOND') ?? '0',
      ALPHA_VANTAGE_BASE_URL: `http://localhost:${portIn(environment, 'LOCAL_NEWS_PORT')}`
    })
  }
}

function portIn(environment: Environment, name: 'PORT' | 'LOCAL_SCALEKIT_PORT' | 'LOCAL_NEWS_PORT'): number {
  const schema = settingsSchema.shape[name]
  return schema.safeParse(readSetting(environment, name)).data ?? schema.parse(undefined)
}
