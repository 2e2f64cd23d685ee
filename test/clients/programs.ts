import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import type { Person } from '../support/oauth-user.ts'
import { run } from '../support/process.ts'
import { type Test, temporaryFolder } from '../support/temp.ts'
import { until } from '../support/until.ts'
import { type Connect, type Credentials, fromSdkClient, type ToolResult, toText } from './connection.ts'

const modules = fileURLToPath(new URL('node_modules', import.meta.url))
const platform = `${process.platform}-${process.arch}`

/** The name of the variable from which Codex reads the bearer token. */
const tokenVariable = 'NEWS_TOKEN'

/** An empty home, and no network but loopback. `credentials` adds the token. */
async function createEnvironment(t: Test, credentials?: Credentials) {
  const home = await temporaryFolder(t)
  return {
    HOME: home,
    PATH: '/usr/bin:/bin',
    // On a desktop, the programs would open a browser.
    BROWSER: '/bin/true',
    HTTP_PROXY: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: 'localhost,127.0.0.1',
    ANTHROPIC_API_KEY: 'none',
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:9',
    ...(credentials && 'token' in credentials && { [tokenVariable]: credentials.token })
  }
}

type ProgramEnvironment = Awaited<ReturnType<typeof createEnvironment>>

/** Starts a program with `environment` and nothing else from this process. */
export function start(t: Test, command: string[], environment: ProgramEnvironment) {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  return run(t, ['-i', ...variables, ...command], {}, { cwd: environment.HOME, stdio: 'pipe' })
}

/** A sign-in URL in the output of a program, up to the character that ends it. */
const signInUrl = /(http:[\w:/.-]+\/oauth\/authorize\?[\w.~&=%+-]+)[^\w.~&=%+-]/

/** Signs `person` in at `url` as a browser does, and takes the code to the program that waits at the redirect URL. */
async function signInAt(url: string, person: Person) {
  await person.redirectToAuthorization(new URL(url))
  await fetch(`${new URL(url).searchParams.get('redirect_uri')}?${person.callback()}`)
}

/** Waits for the sign-in URL in the output of `program`, and signs `person` in. */
export async function signIn(program: ReturnType<typeof run>, person: Person) {
  const [, url = ''] = await program.written(signInUrl)
  await signInAt(url, person)
}

/** mcp-remote, in the version that is installed as `name`: a bridge for hosts that only start programs. */
export function connectBridge(name: string): Connect {
  return async (t, url, credentials) => {
    const header = 'token' in credentials ? ['--header', `Authorization:Bearer ${credentials.token}`] : []
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [`${modules}/${name}/dist/proxy.js`, url, ...header],
      env: await createEnvironment(t),
      stderr: 'pipe'
    })
    let output = ''
    transport.stderr?.on('data', (text: Buffer) => {
      output += text
      const [found, foundUrl = ''] = signInUrl.exec(output) ?? []
      if (!found || !('person' in credentials)) return
      output = ''
      void signInAt(foundUrl, credentials.person)
    })
    const client = new Client({ name: 'host', version: '1.0.0' })
    t.teardown(() => client.close())
    await client.connect(transport)
    return fromSdkClient(client)
  }
}

/**
 * Sends requests to a program that reads and writes JSON lines. `readId` returns the id of the request that a message
 * answers, or undefined for other messages.
 */
function converse<Message>(
  { child, ended, output }: ReturnType<typeof run>,
  readId: (message: Message) => unknown
) {
  const waiting = new Map<unknown, (message: Message) => void>()
  if (!child.stdin || !child.stdout) throw new Error('The program needs pipes')
  const { stdin, stdout } = child
  createInterface({ input: stdout }).on('line', (line) => {
    const message = JSON.parse(line) as Message
    const id = readId(message)
    waiting.get(id)?.(message)
    waiting.delete(id)
  })
  const write = (message: unknown) => stdin.write(`${JSON.stringify(message)}\n`)
  return {
    write,
    ask: (id: unknown, message: unknown) =>
      Promise.race([
        new Promise<Message>((resolve) => {
          waiting.set(id, resolve)
          write(message)
        }),
        ended.then((): never => {
          throw new Error(`The program ended:\n${output()}`)
        })
      ])
  }
}

/** The Codex CLI. No model takes part: its app server, which editors use, calls tools by itself. */
export const codex = `${modules}/@openai/codex-${platform}/vendor/${toTarget()}/bin/codex`

/** The name of this platform in Rust. */
function toTarget(): string {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
  return `${machine}-${process.platform === 'darwin' ? 'apple-darwin' : 'unknown-linux-musl'}`
}

interface CodexMessage<Result = unknown> {
  id?: number
  result: Result
  error?: { message: string }
}

/** Adds the server to Codex, which signs in at once if the server asks for it. */
export async function addToCodex(t: Test, url: string, credentials: Credentials) {
  const environment = await createEnvironment(t, credentials)
  const access = 'token' in credentials ? ['--bearer-token-env-var', tokenVariable] : []
  const added = start(t, [codex, 'mcp', 'add', 'news', '--url', url, ...access], environment)
  if ('person' in credentials) await signIn(added, credentials.person)
  const { code, out, err } = await added.ended
  if (code !== 0) throw new Error(out + err)
  return environment
}

export const connectCodex: Connect = async (t, url, credentials) => {
  const environment = await addToCodex(t, url, credentials)
  const model = 'model_providers.none={ name = "none", base_url = "http://127.0.0.1:9" }'
  const program = start(
    t,
    [codex, 'app-server', '-c', 'model_provider="none"', '-c', model, '-c', 'analytics.enabled=false'],
    environment
  )
  const { ask, write } = converse<CodexMessage>(program, ({ id }) => id)
  let lastId = 0
  async function request<Result>(method: string, params: unknown): Promise<Result> {
    lastId += 1
    const { result, error } = await ask(lastId, { id: lastId, method, params })
    if (error) throw new Error(error.message)
    return result as Result
  }

  await request('initialize', { clientInfo: { name: 'test', title: null, version: '1.0.0' } })
  write({ method: 'initialized' })
  const { thread } = await request<{ thread: { id: string } }>('thread/start', { ephemeral: true })
  const call = { threadId: thread.id, server: 'news' }
  return {
    async list() {
      const { data } = await request<{ data: { tools: Record<string, unknown> }[] }>('mcpServerStatus/list', {
        threadId: thread.id,
        serverName: 'news'
      })
      return data.flatMap(({ tools }) => Object.keys(tools))
    },
    call: async (tool, args) =>
      toText(await request<ToolResult>('mcpServer/tool/call', { ...call, tool, arguments: args })),
    close: async () => program.child.kill()
  }
}

/** Claude Code. No model takes part: its control protocol, which its SDKs use, calls tools by itself. */
export const claude = `${modules}/@anthropic-ai/claude-code-${platform}/claude`

/** Adds the server to Claude Code. */
export async function addToClaude(t: Test, url: string, credentials: Credentials) {
  const environment = await createEnvironment(t, credentials)
  const header = 'token' in credentials ? ['--header', `Authorization: Bearer ${credentials.token}`] : []
  const command = [claude, 'mcp', 'add', '--transport', 'http', 'news', url, ...header]
  const { code, out, err } = await start(t, command, environment).ended
  if (code !== 0) throw new Error(out + err)
  return environment
}

interface ClaudeMessage {
  type: string
  response?: { request_id: string; subtype: string; error?: string; response: unknown }
}

interface ClaudeStatus {
  mcpServers: { name: string; status: string; tools?: { name: string }[] }[]
}

export const connectClaude: Connect = async (t, url, credentials) => {
  const environment = await addToClaude(t, url, credentials)
  const json = ['--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose']
  const program = start(t, [claude, '-p', ...json], environment)
  const { ask } = converse<ClaudeMessage>(program, ({ response }) => response?.request_id)
  let lastId = 0
  async function request<Result>(subtype: string, params: object = {}): Promise<Result> {
    lastId += 1
    const request_id = `request-${lastId}`
    const { response } = await ask(request_id, {
      type: 'control_request',
      request_id,
      request: { subtype, ...params }
    })
    if (response?.subtype !== 'success') throw new Error(response?.error)
    return response.response as Result
  }
  const findServer = async () => (await request<ClaudeStatus>('mcp_status')).mcpServers[0]
  const untilSettled = () => until(async () => (await findServer())?.status !== 'pending')

  await request('initialize')
  await untilSettled()
  if ('person' in credentials) {
    const { authUrl } = await request<{ authUrl: string }>('mcp_authenticate', { serverName: 'news' })
    await signInAt(authUrl, credentials.person)
    await until(async () => (await findServer())?.status !== 'needs-auth')
    await untilSettled()
  }
  return {
    list: async () => (await findServer())?.tools?.map(({ name }) => name) ?? [],
    call: async (name, args) =>
      JSON.stringify(await request('mcp_call', { tool: `mcp__news__${name}`, arguments: args })),
    close: async () => program.child.kill()
  }
}
