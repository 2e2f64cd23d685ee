import { type Environment, given } from '../services/settings.ts'

/** The id that the practice Scalekit gives to this MCP server. */
export const resourceId = 'res_local'

/** What takes the place of an Alpha Vantage key while the news is invented. */
export const sampleKey = 'sample'

/** The settings that point the server at the stand-ins: what an operator would set for the real ones. */
export function localSettings(environment: Environment): Environment {
  const host = given(environment, 'HOST') ?? 'localhost'
  const port = given(environment, 'PORT') ?? '10000'
  const scalekitPort = given(environment, 'LOCAL_SCALEKIT_PORT') ?? '10001'
  const newsPort = given(environment, 'LOCAL_NEWS_PORT') ?? '10002'
  const scope = given(environment, 'REQUIRED_SCOPE') ?? 'news:read'
  const environmentUrl = `http://localhost:${scalekitPort}`
  const resource = `http://${host === '::1' ? '[::1]' : host}:${port}/mcp`

  return {
    SCALEKIT_ENVIRONMENT_URL: environmentUrl,
    METADATA_JSON_RESPONSE: JSON.stringify({
      authorization_servers: [`${environmentUrl}/resources/${resourceId}`],
      bearer_methods_supported: ['header'],
      resource,
      resource_documentation: `${resource}/docs`,
      scopes_supported: [scope]
    }),
    ...(!given(environment, 'ALPHA_VANTAGE_API_KEY') && {
      ALPHA_VANTAGE_API_KEY: sampleKey,
      ALPHA_VANTAGE_BASE_URL: `http://localhost:${newsPort}`
    })
  }
}
