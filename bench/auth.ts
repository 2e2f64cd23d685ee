import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { arch, cpus, platform } from 'node:os'
import autocannon from 'autocannon'

/**
 * What authentication costs: requests a second of the same tool call from warm cache, without a guard, with the store
 * of good tokens, and with every token checked anew. Ratios count; absolute figures are this machine's.
 */
const rounds = 5
const seconds = 4
const body = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'get_news_sentiment', arguments: { ticker: 'AAPL' } }
})

interface Server {
  child: ChildProcess
  port: number
  token: string
}

async function start(port: number, TOKEN_STORE_TTL_MS: string): Promise<Server> {
  const env = { ...process.env, PORT: String(port), TOKEN_STORE_TTL_MS }
  const child = spawn(process.execPath, [new URL('server.ts', import.meta.url).pathname], {
    env,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const [line] = await once(child.stdout, 'data')
  return { child, ...JSON.parse(String(line)) }
}

async function measure({ port, token }: Server, path: string): Promise<number> {
  const result = await autocannon({
    url: `http://localhost:${port}${path}`,
    method: 'POST',
    connections: 32,
    duration: seconds,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json'
    },
    body
  })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${result.non2xx + result.errors} answers were not 200`)
  return result.requests.average
}

const [withStore, withoutStore] = await Promise.all([start(18_001, '300000'), start(18_002, '0')])
const variants: Record<string, () => Promise<number>> = {
  'no authentication': () => measure(withStore, '/open'),
  'with the store of good tokens': () => measure(withStore, '/mcp'),
  'every token checked anew': () => measure(withoutStore, '/mcp')
}
const results: Record<string, number[]> = {}
for (const [name, run] of Object.entries(variants)) {
  await run() // warm-up
  results[name] = []
}
for (let round = 0; round < rounds; round += 1) {
  for (const [name, run] of Object.entries(variants)) results[name]?.push(await run())
}
withStore.child.kill()
withoutStore.child.kill()

const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const open = results['no authentication'] ?? []
const lines = Object.entries(results).map(([name, values]) => {
  const ratios = values.map((value, round) => value / (open[round] ?? Number.NaN)).toSorted((a, b) => a - b)
  const range = `${ratios[0]?.toFixed(2)}–${ratios.at(-1)?.toFixed(2)}`
  return `| ${name} | ${median(ratios).toFixed(2)} | ${range} | ${Math.round(median(values))} |`
})
process.stdout.write(`Node ${process.version}, ${platform()} ${arch()}, ${cpus().length} cores; ${rounds} alternating rounds of ${seconds} s, 32 connections

| | ratio, median | range | requests a second |
|---|---|---|---|
${lines.join('\n')}
`)
