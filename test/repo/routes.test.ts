import { subscribe } from 'node:diagnostics_channel'
import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { startServer } from '../support/server.ts'

/** The routes of every Fastify instance, as `METHOD /path`, without duplicates. */
const routes = new Map<FastifyInstance, Set<string>>()

subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { fastify: FastifyInstance }
  const paths = new Set<string>()
  routes.set(fastify, paths)
  fastify.addHook('onRoute', ({ method, path }) => {
    for (const name of [method].flat()) paths.add(`${name} ${path}`)
  })
})

t.test("README's table of routes: complete, with the right protection", async (t) => {
  const server = await startServer(t)
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  const rows = [...readme.matchAll(/^\| `([A-Z]+) (\S+)` \| (public|protected) \|/gm)]
  const documented = rows.map(([, method, path]) => `${method} ${path}`)

  t.same(documented.toSorted(), [...(routes.get(server.app) ?? [])].toSorted())
  for (const [, method = '', path = '', protection] of rows) {
    for (const slash of path === '*' ? [''] : ['', '/']) {
      const response = await fetch(server.url + path.replace('*', '/mcp') + slash, { method })
      t.equal(
        response.status === 401,
        protection === 'protected',
        `${method} ${path}${slash} is ${protection}`
      )
    }
  }
})
