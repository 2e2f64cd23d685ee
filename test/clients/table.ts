import type { Connect } from './connection.ts'
import {
  connectAi,
  connectAi4,
  connectGenkit,
  connectLangChain,
  connectModernSdk,
  connectSdk
} from './libraries.ts'
import { connectBridge, connectClaude, connectCodex } from './programs.ts'

export interface TestedClient {
  name: string
  /** Its folder in `package-lock.json`, below `node_modules/`. */
  installed: string
  connect: Connect
  /** The folder that has the `node_modules/`, if it is not this one. */
  folder?: string
}

const sdk2 = '@modelcontextprotocol/client'

/** The clients that are tried: the newest version of each, and older ones that are still in use. */
export const clients: TestedClient[] = [
  { name: 'MCP TypeScript SDK 1.10', installed: 'sdk-1.10', connect: connectSdk('sdk-1.10') },
  { name: 'MCP TypeScript SDK 1.12', installed: 'sdk-1.12', connect: connectSdk('sdk-1.12') },
  { name: 'MCP TypeScript SDK 1.17', installed: 'sdk-1.17', connect: connectSdk('sdk-1.17') },
  {
    name: 'MCP TypeScript SDK 1',
    installed: '@modelcontextprotocol/sdk',
    connect: connectSdk('@modelcontextprotocol/sdk')
  },
  { name: 'MCP TypeScript SDK 2, legacy era', installed: sdk2, connect: connectModernSdk('legacy') },
  { name: 'MCP TypeScript SDK 2, auto', installed: sdk2, connect: connectModernSdk('auto') },
  {
    name: 'MCP TypeScript SDK 2, 2026-07-28',
    installed: sdk2,
    connect: connectModernSdk({ pin: '2026-07-28' })
  },
  {
    name: 'LangChain adapters 0.6',
    folder: 'langchain-0.6/',
    installed: '@langchain/mcp-adapters',
    connect: connectLangChain('langchain-0.6')
  },
  { name: 'LangChain adapters', installed: '@langchain/mcp-adapters', connect: connectLangChain('.') },
  { name: 'AI SDK 4', installed: 'ai-4', connect: connectAi4 },
  { name: 'AI SDK MCP client 1', installed: 'ai-sdk-mcp-1', connect: connectAi('ai-sdk-mcp-1') },
  { name: 'AI SDK MCP client', installed: '@ai-sdk/mcp', connect: connectAi('@ai-sdk/mcp') },
  { name: 'Genkit', installed: '@genkit-ai/mcp', connect: connectGenkit },
  { name: 'mcp-remote 0.1.9', installed: 'mcp-remote-0.1.9', connect: connectBridge('mcp-remote-0.1.9') },
  { name: 'mcp-remote', installed: 'mcp-remote', connect: connectBridge('mcp-remote') },
  { name: 'Codex CLI', installed: '@openai/codex', connect: connectCodex },
  { name: 'Claude Code', installed: '@anthropic-ai/claude-code', connect: connectClaude }
]
