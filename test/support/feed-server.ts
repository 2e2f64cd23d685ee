import type { Test } from 'tap'
import type { Environment } from '../../services/config/environment.ts'
import { startServer } from './server.ts'

/** Starts the server with an Alpha Vantage that answers every call with `feed`. */
export async function startFeedServer(t: Test, feed: unknown, environment: Environment = {}) {
  const server = await startServer(t, environment)
  server.news.answer = () => feed
  return server
}
