import { destination } from 'pino'
import { createApp } from '../app.ts'

/** This server, except that it writes each cached response at once. */
const logStream = destination({ sync: true, minLength: 4096, periodicFlush: 50 })
const app = await createApp(process.env, { logStream, cachedResponses: 'apart' })
await app.listen({ ...app.config.listen })
