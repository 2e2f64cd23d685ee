import { subscribe } from 'node:diagnostics_channel'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createApp } from '../app.ts'
import { createLocalAlphaVantage } from '../local/alpha-vantage.ts'

/**
 * The server, for a benchmark: with a key server and sample news of its own, and the same work once more at `/open`,
 * without any guard. Prints its port and a token as JSON.
 */
const port = Number(process.env.PORT)
const { privateKey, publicKey } = await generateKeyPair('RS256')
const keys = [{ ...(await exportJWK(publicKey)), kid: 'snk_bench', alg: 'RS256', use: 'sig' }]
const keyServer = createServer((_request, response) => response.end(JSON.stringify({ keys }))).listen(
  0,
  '127.0.0.1'
)
await new Promise((resolve) => keyServer.once('listening', resolve))
const environmentUrl = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}`
const news = await createLocalAlphaVantage({ port: 0, host: '127.0.0.1' })
const resource = `http://localhost:${port}/mcp`

subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { fastify: FastifyInstance }
  const expiresAt = Math.floor(Date.now() / 1000) + 3600
  const caller = {
    subject: 'usr_1',
    clientId: 'm2m_1',
    organization: 'org_1',
    scopes: ['news:read'],
    expiresAt,
    tokenId: 'j'
  }
  fastify.post('/open', (request, reply) => fastify.mcp.exchange(request, reply, caller))
})

const app = await createApp({
  PORT: String(port),
  LOG_LEVEL: 'error',
  SCALEKIT_ENVIRONMENT_URL: environmentUrl,
  SCALEKIT_RESOURCE_NAME: resource,
  SCALEKIT_AUTHORIZATION_SERVERS: `${environmentUrl}/resources/res_bench`,
  ALPHA_VANTAGE_API_KEY: 'KEY',
  ALPHA_VANTAGE_BASE_URL: news.url,
  RATE_LIMIT_PER_MINUTE: '1000000',
  RATE_LIMIT_ADDRESS_PER_MINUTE: '1000000',
  TOKEN_STORE_TTL_MS: process.env.TOKEN_STORE_TTL_MS
})
await app.listen({ host: app.config.HOST, port })

const token = await new SignJWT({ sub: 'usr_1', client_id: 'm2m_1', scope: 'news:read' })
  .setProtectedHeader({ alg: 'RS256', kid: 'snk_bench' })
  .setIssuer(environmentUrl)
  .setAudience(resource)
  .setExpirationTime('1h')
  .sign(privateKey)
process.stdout.write(`${JSON.stringify({ port, token })}\n`)
