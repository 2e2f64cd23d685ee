import { subscribe } from 'node:diagnostics_channel'
import type { createApp } from '../app.ts'

/** Adds the route `/open`, which handles requests as `/mcp` does, but without authentication. Loaded before the server. */
subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { fastify: Awaited<ReturnType<typeof createApp>> }
  const caller = {
    subject: 'usr_1',
    clientId: 'm2m_1',
    organization: 'org_1',
    scopes: ['news:read'],
    expiresAt: Math.floor(Date.now() / 1000) + 3600,
    tokenId: 'jti_1',
    tokenHash: 'hash_1'
  }
  fastify.post('/open', (request, reply) => fastify.mcp.handlePost(request, reply, caller))
})
