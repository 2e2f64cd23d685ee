import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createLocalAlphaVantage } from '../local/alpha-vantage/server.ts'
import { folder, nextPort, type Server, startServer } from './servers.ts'

/** This project's server, as in production, and a valid token. */
export interface OurServer extends Server {
  token: string
}

/** A version of this project's server. */
export interface Version {
  name: string
  /** Its `server.ts`: a path from this folder, or an absolute one. */
  file: string
  /** Modules that load before it, and change it. */
  preload?: string[]
}

const current: Version = { name: 'this server', file: '../server.ts' }
const { BEFORE } = process.env

/** This checkout and, for a comparison in the same run, the one with the absolute path `BEFORE`. */
export const versions: Version[] = BEFORE
  ? [current, { name: 'before', file: join(BEFORE, 'server.ts') }]
  : [current]

/** Starts the stand-ins that the server needs: a Scalekit with keys, and an Alpha Vantage with sample news. */
export async function startStandIns() {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const header = { kid: 'snk_bench', alg: 'RS256' }
  const keys = [{ ...(await exportJWK(publicKey)), ...header, use: 'sig' }]
  const keyServer = createServer((_request, response) => response.end(JSON.stringify({ keys })))
  await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve))
  const environmentUrl = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}`
  const news = await createLocalAlphaVantage({ port: 0, host: '127.0.0.1' })

  return {
    /** The Alpha Vantage stand-in, with its recorded queries. */
    news,
    /** Starts the server with its log at the default level, metrics and rate limits. `settings` override the defaults. */
    async startOurs(
      settings: NodeJS.ProcessEnv = {},
      { file, preload }: Omit<Version, 'name'> = current
    ): Promise<OurServer> {
      const port = nextPort()
      const resource = `http://127.0.0.1:${port}/mcp`
      const token = await new SignJWT({ sub: 'usr_1', client_id: 'm2m_1', scope: 'news:read' })
        .setProtectedHeader(header)
        .setIssuer(environmentUrl)
        .setAudience(resource)
        .setExpirationTime('1h')
        .sign(privateKey)
      const env = {
        HOST: '127.0.0.1',
        METRICS_PORT: String(nextPort()),
        DATA_DIR: join(folder, String(port)),
        SCALEKIT_ENVIRONMENT_URL: environmentUrl,
        SCALEKIT_RESOURCE_NAME: resource,
        SCALEKIT_AUTHORIZATION_SERVERS: `${environmentUrl}/resources/res_bench`,
        ALPHA_VANTAGE_API_KEY: 'KEY',
        ALPHA_VANTAGE_BASE_URL: news.url,
        ALPHA_VANTAGE_CALLS_PER_DAY: '0',
        ALPHA_VANTAGE_CALLS_PER_SECOND: '0',
        // The maximum, not 0 (unlimited), because counting requests is part of the cost.
        RATE_LIMIT_PER_MINUTE: '1000000',
        RATE_LIMIT_ADDRESS_PER_MINUTE: '1000000',
        ...settings
      }
      return { ...startServer(file, port, { env, preload }), token }
    },
    async close() {
      keyServer.close()
      keyServer.closeAllConnections()
      await news.close()
    }
  }
}
