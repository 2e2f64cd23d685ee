import { type Contender, saturate, seconds } from './load.ts'
import { type startStandIns, type Version, versions } from './ours.ts'
import { readVersion } from './results.ts'
import { nextPort, type Server, startServer, waitForAnswer } from './servers.ts'
import { type Answer, createToolCall, type Era, eras, send } from './tool-call.ts'

/** A server of the comparison. Its figures are divided by those of the floor of the same era. */
export interface Compared extends Contender {
  era: Era
  kind: 'floor' | 'peer' | 'ours'
}

const peers: { name: string; file: string; era: Era }[] = [
  { name: `bare Fastify ${readVersion('fastify')}, an object`, file: 'fastify', era: 'legacy' },
  {
    name: `SDK ${readVersion('@modelcontextprotocol/sdk')}, stateless (legacy)`,
    file: 'sdk-1',
    era: 'legacy'
  },
  {
    name: `SDK ${readVersion('@modelcontextprotocol/server')}, \`createMcpHandler\` (modern)`,
    file: 'sdk-2',
    era: 'modern'
  },
  {
    name: `fastify-mcp ${readVersion('fastify-mcp')}, stateless (legacy)`,
    file: 'fastify-mcp',
    era: 'legacy'
  },
  { name: `fastmcp ${readVersion('fastmcp')}, stateless (legacy)`, file: 'fastmcp', era: 'legacy' },
  { name: `mcp-handler ${readVersion('mcp-handler')} (modern)`, file: 'mcp-handler', era: 'modern' }
]

const separateWrites: Version = {
  name: 'this server, each response written alone',
  file: './separate-writes.ts'
}

/** Starts the floor of each era, the peers, and each version of this server. */
export async function startContenders({ startOurs }: Awaited<ReturnType<typeof startStandIns>>) {
  const ours: Compared[] = []
  for (const version of [...versions, separateWrites]) {
    const server = await startOurs({}, version)
    for (const era of eras) {
      const toolCall = createToolCall(era, { token: server.token })
      ours.push({ name: `**${version.name}** (${era})`, kind: 'ours', era, server, toolCall })
      await waitForAnswer(server, toolCall)
    }
  }

  const answers: Partial<Record<Era, Answer>> = {}
  const floors: Compared[] = []
  for (const { era, server, toolCall } of ours.slice(0, eras.length)) {
    // So that the answer is from the cache, and its request id is as long as those under load.
    await saturate({ server, toolCall }, 1)
    answers[era] = await send(server.url, toolCall)
    const floor = startPeer('floor', answers[era])
    floors.push({ name: `the floor (${era})`, kind: 'floor', era, server: floor, toolCall })
  }

  const others = peers.map(({ name, file, era }): Compared => {
    const server = startPeer(file, answers[era])
    return { name, kind: 'peer', era, server, toolCall: createToolCall(era), seconds: seconds / 2 }
  })
  for (const { server, toolCall } of [...floors, ...others]) await waitForAnswer(server, toolCall)
  return [...floors, ...others, ...ours]
}

/** Starts a server of the folder `peers`, which sends `answer`. */
function startPeer(file: string, answer?: Answer): Server {
  return startServer(`./peers/${file}.ts`, nextPort(), { env: { ANSWER: JSON.stringify(answer) } })
}

/** Returns the loads of the floor of the same era. */
export function findFloor<Measured>(
  { era }: Compared,
  contenders: Compared[],
  loads: Measured[][]
): Measured[] {
  return loads[contenders.findIndex((one) => one.kind === 'floor' && one.era === era)] ?? []
}
