import { startContenders } from './contenders.ts'
import { measureHalfLoad } from './half-load.ts'
import { startStandIns } from './ours.ts'
import { stopServer } from './servers.ts'
import { measureThroughput } from './throughput.ts'

/** The cost of a tool call on this server, and on its alternatives, compared with bare Fastify that sends the same bytes. */
const standIns = await startStandIns()
const contenders = await startContenders(standIns)
await measureHalfLoad(contenders, await measureThroughput(contenders))
await Promise.all([...new Set(contenders.map(({ server }) => server))].map(stopServer))
await standIns.close()
