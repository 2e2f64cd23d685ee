import type { Config } from '../services/config/config.ts'
import { toNewsSource } from '../services/config/news-source.ts'
import type { Logger } from '../services/lib/logger.ts'
import { createLocalAlphaVantage } from './alpha-vantage/server.ts'
import { createLocalScalekit } from './scalekit/server.ts'
import { openScalekitStore, type ScalekitStore } from './scalekit/store.ts'
import { requestToken } from './token.ts'

/** Starts the stand-ins that `config` points at. */
export async function startLocal(config: Config, log: Logger) {
  const { protectedResource, DATA_DIR, LOCAL_SCALEKIT_PORT, LOCAL_NEWS_PORT } = config
  const { resource } = protectedResource.metadata
  const store = openStore(DATA_DIR, log)
  const scalekit = await createLocalScalekit({
    port: LOCAL_SCALEKIT_PORT,
    resource,
    scopes: protectedResource.metadata.scopes_supported,
    store
  })
  const isSample = toNewsSource(config) === 'sample'
  const news = isSample ? await createLocalAlphaVantage({ port: LOCAL_NEWS_PORT }) : undefined

  return {
    /** What a newcomer needs to know, once the server listens. */
    async banner(): Promise<string> {
      const token = await requestToken(config, store)
      const inspector = 'npx -y @modelcontextprotocol/inspector@latest'
      return `
Finance News runs in local mode, all of it on this machine:

  MCP server   ${resource}   (documentation: ${resource}/docs)
  Sign-in      ${scalekit.environmentUrl}   a practice Scalekit: any name will do
  News         ${config.ALPHA_VANTAGE_BASE_URL}   ${isSample ? 'invented, for practice; set ALPHA_VANTAGE_API_KEY for real news' : 'real, with your key'}

A token that works for an hour (for a new one: npm run token):

${token}

Look at it with MCP Inspector, in the browser, with the sign-in:

${inspector} --transport http --server-url ${resource}

or in the terminal, with the token:

${inspector} --cli ${resource} --transport http --header "Authorization: Bearer ${token}" --method tools/call --tool-name get_news_sentiment --tool-arg ticker=AAPL

Ctrl+C ends it.
`
    },
    async close() {
      await Promise.all([scalekit.close(), news?.close()])
      store.close()
    }
  }
}

/** The store in `folder`; one that forgets, with a warning, if nothing can be kept there. */
function openStore(folder: string, log: Logger): ScalekitStore {
  try {
    return openScalekitStore(folder)
  } catch (err) {
    log.warn(
      { reason: String(err) },
      'DATA_DIR cannot be written to: sign-ins and clients are forgotten when the server ends'
    )
    return openScalekitStore()
  }
}
