import { type Compared, findFloor } from './contenders.ts'
import { alternate, connections, type Load, rounds, saturate, seconds } from './load.ts'
import { machine, ratios, report, spread, table, toMedian } from './results.ts'

/** Measures each contender at its maximum rate. Returns the loads of each. */
export async function measureThroughput(contenders: Compared[]): Promise<Load[][]> {
  const loads = await alternate(contenders, (contender) => saturate(contender, contender.seconds ?? seconds))
  const rows = contenders.map((contender, index) => ({
    name: contender.name,
    own: loads[index] ?? [],
    floor: findFloor(contender, contenders, loads)
  }))
  await report(
    'Throughput',
    `\`npm run bench\`: the same tool call (\`get_news_sentiment\`) from a warm cache. This server runs as in production: it checks the
token and the scope, counts requests for both rate limits, collects metrics, and logs each request at \`info\` to a file. Traces are
off. Its tool runs, and checks input and output, about twice a second; in between, responses come from the response cache. The floor is
bare Fastify that sends the bytes of this server's answer as a string, with the same headers, to the same request. "An object" is bare
Fastify that serializes the same result for each response, without those headers. Peers return the same result, check no token, and
validate only the input.`,
    `Aims: 0.70 of the floor's requests per second, 1.6 times its CPU time (each response written alone: 0.55 and 1.9), three times
the requests per second of either SDK, and below 250 MB.`,
    `${machine}; ${rounds} alternating rounds of ${seconds} s (peers: ${seconds / 2} s), ${connections} connections, one server at a time. Ratios to the floor of the
same era in the same round, medians and ranges; \`cpu\` is the CPU time of the server's process per request, \`rss\` its memory after
the round:`,
    table(
      ['', 'requests per second', 'p50', 'p99', 'cpu', 'rss'],
      rows.map(({ name, own, floor }) => [
        name,
        ...(['requestsPerSecond', 'p50', 'p99', 'cpu', 'rss'] as const).map((figure) =>
          spread(ratios(own, floor, figure))
        )
      ])
    ),
    'The absolute medians on this machine; `cores` are the cores that the server and the load generator used:',
    table(
      ['', 'requests per second', 'p50, ms', 'p99, ms', 'cpu, µs', 'rss, MB', 'cores'],
      rows.map(({ name, own }) => [
        name,
        toMedian(own, 'requestsPerSecond').toFixed(0),
        toMedian(own, 'p50').toFixed(2),
        toMedian(own, 'p99').toFixed(2),
        (toMedian(own, 'cpu') * 1000).toFixed(0),
        (toMedian(own, 'rss') / 1e6).toFixed(0),
        `${toMedian(own, 'serverCores').toFixed(2)} + ${toMedian(own, 'generatorCores').toFixed(2)}`
      ])
    )
  )
  return loads
}
