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
    /** The text for a new user, printed once the server listens. */
    async banner(): Promise<string> {
      const token = await requestToken(config, store)
      const inspector = 'npx -y @modelcontextprotocol/inspector@latest'
      return `
Finance News runs in local mode, all of it on this machine:

  MCP server   ${resource}   (documentation: ${resource}/docs)
  Sign-in      ${scalekit.environmentUrl}   a local stand-in for Scalekit: any name works
  News         ${config.ALPHA_VANTAGE_BASE_URL}   ${isSample ? 'invented sample data; set ALPHA_VANTAGE_API_KEY for real news' : 'real, with your key'}

Connect clients to exactly this URL of the MCP server: clients that sign in reject another name of this machine.
To use 127.0.0.1 instead of localhost, or the reverse, set HOST to it.

A token, valid for an hour (npm run token prints a new token):

${token}

Try it with MCP Inspector, in the browser, with the sign-in:

${inspector} --transport http --server-url ${resource}

or in the terminal, with the token:

${inspector} --cli ${resource} --transport http --header "Authorization: Bearer ${token}" --method tools/call --tool-name get_news_sentiment --tool-arg ticker=AAPL

Ctrl+C stops the server.
`
    },
    async close() {
      await Promise.all([scalekit.close(), news?.close()])
      store.close()
    }
  }
}

/** Opens the store in `folder`; if that fails, logs a warning and uses memory. */
function openStore(folder: string, log: Logger): ScalekitStore {
  try {
    return openScalekitStore(folder)
  } catch (err) {
    log.warn({ reason: String(err) }, 'DATA_DIR not writable; sign-ins and clients stored in memory only')
    return openScalekitStore()
  }
}
