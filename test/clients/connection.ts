import type { Person } from '../support/oauth-user.ts'
import type { Test } from '../support/temp.ts'

/** A bearer token, or a person who signs in. */
export type Credentials = { token: string } | { person: Person }

export interface Connection {
  /** The names of the tools, as the client offers them. */
  list(): Promise<string[]>
  /** What the client returns for a call, as text. Throws if the call fails. */
  call(name: string, args: Record<string, unknown>): Promise<string>
  close(): Promise<unknown>
}

/** Connects a client. If the server asks for a sign-in, the person in `credentials` signs in. */
export type Connect = (t: Test, url: string, credentials: Credentials) => Promise<Connection>

export interface ToolResult {
  content: { type: string; text?: string }[]
  isError?: boolean
}

/** The text of a result. Throws it if the tool failed. */
export function toText({ content, isError }: ToolResult): string {
  const text = content.map((part) => part.text ?? '').join('\n')
  if (isError) throw new Error(text)
  return text
}

interface SdkClient {
  listTools(): Promise<{ tools: { name: string }[] }>
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<unknown>
  close(): Promise<void>
}

/** The connection of a client that has the interface of the SDKs. */
export function fromSdkClient(client: SdkClient): Connection {
  return {
    list: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args) => toText((await client.callTool({ name, arguments: args })) as ToolResult),
    close: () => client.close()
  }
}
