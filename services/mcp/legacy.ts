import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  CallToolRequestSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError
} from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import type { Caller } from '../access-tokens.ts'
import type { Logger } from '../logger.ts'
import type { Catalogue } from './catalogue.ts'
import { callTool } from './tool.ts'

/** Who calls, in the SDK's form, and where to log the call. The token itself stays at the door: no tool needs it. */
export interface CallerInfo extends AuthInfo {
  token: ''
  extra: { caller: Caller; log: Logger }
}

/** The caller as the SDK's transports hand it to a server. */
export function callerInfo(caller: Caller, log: Logger): CallerInfo {
  return {
    token: '',
    clientId: caller.clientId ?? '',
    scopes: [...caller.scopes],
    expiresAt: caller.expiresAt,
    extra: { caller, log }
  }
}

/** Makes servers of the catalogue for the protocol's revisions up to 2025-11-25, on SDK 1.x. */
export function createLegacyServers(catalogue: Catalogue): () => Server {
  const { name, title, version, websiteUrl, instructions } = catalogue
  const tools = catalogue.tools.map((tool) => ({
    name: tool.name,
    title: tool.title,
    description: tool.description,
    annotations: tool.annotations,
    inputSchema: jsonSchema(tool.inputSchema, 'input'),
    outputSchema: jsonSchema(tool.outputSchema, 'output')
  }))
  const toolsByName = new Map(catalogue.tools.map((tool) => [tool.name, tool]))

  return () => {
    // Not McpServer: it announces `listChanged`, which a server without sessions cannot keep.
    const server = new Server(
      { name, title, version, websiteUrl },
      { capabilities: { tools: {} }, instructions }
    )
    server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }))
    server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal, sendNotification, authInfo }) => {
      const tool = toolsByName.get(params.name)
      if (!tool) throw new McpError(ErrorCode.InvalidParams, `There is no tool named ${params.name}`)
      const { caller, log } = (authInfo as CallerInfo).extra
      const progressToken = params._meta?.progressToken
      return callTool(tool, params.arguments ?? {}, {
        auth: caller,
        signal,
        log,
        async reportProgress(progress) {
          if (progressToken === undefined || signal.aborted) return
          await sendNotification({ method: 'notifications/progress', params: { progressToken, ...progress } })
        }
      })
    })
    return server
  }
}

function jsonSchema(schema: z.ZodObject, io: 'input' | 'output') {
  return z.toJSONSchema(schema, { target: 'draft-7', io }) as { type: 'object' }
}
