import { type Environment, readSetting } from '../services/config/environment.ts'
import { sampleKey } from '../services/config/news-source.ts'
import { settingsSchema } from '../services/config/settings.ts'

/** The ID of this MCP server at the local Scalekit. */
export const resourceId = 'res_local'
export const resourcePath = `/resources/${resourceId}`
/** The machine client whose tokens `npm run token` prints. */
export const machineClientId = 'm2m_local'
export const organization = 'org_local'
/** The path of the commands that inject faults. */
export const controlPath = '/control'

/**
 * Returns the settings that point the server at the stand-ins. Ignores malformed settings in `environment`, because
 * `readConfig` reports them.
 */
export function localSettings(environment: Environment): Environment {
  const host = readSetting(environment, 'HOST') ?? 'localhost'
  const environmentUrl = `http://localhost:${readPort(environment, 'LOCAL_SCALEKIT_PORT')}`
  const resource = `http://${host === '::1' ? '[::1]' : host}:${readPort(environment, 'PORT')}/mcp`

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
      // Sample news has no quota by default. Set one to see how callers share it.
      ALPHA_VANTAGE_CALLS_PER_DAY: readSetting(environment, 'ALPHA_VANTAGE_CALLS_PER_DAY') ?? '0',
      ALPHA_VANTAGE_CALLS_PER_SECOND: readSetting(environment, 'ALPHA_VANTAGE_CALLS_PER_SECOND') ?? '0',
      ALPHA_VANTAGE_BASE_URL: `http://localhost:${readPort(environment, 'LOCAL_NEWS_PORT')}`
    })
  }
}

function readPort(
  environment: Environment,
  name: 'PORT' | 'LOCAL_SCALEKIT_PORT' | 'LOCAL_NEWS_PORT'
): number {
  const schema = settingsSchema.shape[name]
  return schema.safeParse(readSetting(environment, name)).data ?? schema.parse(undefined)
}
