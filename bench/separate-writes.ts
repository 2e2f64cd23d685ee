import { createApp } from '../app.ts'
import { BatchedLog } from '../plugins/observability/batched-log.ts'

/** This server, except that it writes each cached response at once. */
const logStream = new BatchedLog(process.stdout)
const app = await createApp(process.env, { logStream, cachedResponses: 'apart' })
await app.listen({ ...app.config.listen })
