import { once } from 'node:events'
import { createConnection } from 'node:net'
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { firstId, type ToolCall } from './tool-call.ts'

/** A load of evenly spaced requests. They do not wait for earlier responses, except where all connections are busy. */
export interface Pace {
  url: string
  toolCall: ToolCall
  connections: number
  /** Requests per second. */
  rate: number
  /** The duration after the first half second, which warms up and is not recorded. */
  seconds: number
  /** Whether the server sends the same bytes to every request. The others get requests with an id each. */
  isConstant: boolean
}

/** The latencies of a paced load, in milliseconds. */
export interface PacedLoad {
  /** From the time at which a request was due. */
  p50: number
  p99: number
  /** How long after a request was due this process was ready to send it. A part of the latency, and not the server's. */
  latenessP99: number
  generatorCores: number
}

const warmUpSeconds = 0.5
/** Between looks at the clock and the sockets. Node's own timers can be a millisecond late. */
const sleepMs = 0.05
const sleepCell = new Int32Array(new SharedArrayBuffer(4))

// A program of its own, because a generator in the process of the stand-ins would wait for them.
const task: Pace = JSON.parse(process.argv[2] ?? '')
process.stdout.write(JSON.stringify(await sendEvenly(task)))
process.exit()

async function sendEvenly({ url, toolCall, connections, rate, seconds, isConstant }: Pace) {
  const [latencies, lateness] = [createHistogram(), createHistogram()]
  const { port } = new URL(url)
  const toRequest = prepareRequests(toolCall, port)
  const idle = await Promise.all(Array.from({ length: connections }, () => connect(Number(port))))
  const warmUp = Math.ceil(warmUpSeconds * rate)
  const count = warmUp + Math.floor(seconds * rate)
  let due = 0
  let sent = 0
  let answered = 0

  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  const dueAt = (index: number) => start + (index * 1000) / rate

  function sendDue() {
    while (sent < due) {
      const connection = idle.pop()
      if (!connection) return
      const index = sent++
      const id = isConstant ? firstId : firstId + index
      connection.exchange(toRequest(id), (response) => {
        assertAnswer(response, id)
        answered += 1
        if (index >= warmUp) record(latencies, performance.now() - dueAt(index))
        idle.push(connection)
        sendDue()
      })
    }
  }

  while (answered < count) {
    const now = performance.now()
    for (; due < count && dueAt(due) <= now; due += 1) {
      if (due >= warmUp) record(lateness, now - dueAt(due))
    }
    sendDue()
    Atomics.wait(sleepCell, 0, 0, sleepMs)
    await setImmediate()
  }
  const milliseconds = performance.now() - start
  const { user, system } = process.cpuUsage(cpuBefore)
  return {
    p50: latencies.percentile(50) / 1000,
    p99: latencies.percentile(99) / 1000,
    latenessP99: lateness.percentile(99) / 1000,
    generatorCores: (user + system) / 1000 / milliseconds
  }
}

/** Histograms hold integers above 0: microseconds. */
function record(histogram: RecordableHistogram, milliseconds: number) {
  histogram.record(Math.max(1, Math.round(milliseconds * 1000)))
}

/** Returns a function from an id to the bytes of its request. Ids have the same length. */
function prepareRequests({ path, headers, body }: ToolCall, port: string): (id: number) => string {
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers, 'content-length': body.length })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const [start, end] = body.split(String(firstId))
  return (id) => `POST ${path} HTTP/1.1\r\n${head}\r\n${start}${id}${end}`
}

/** Opens a connection that carries one exchange at a time. `node:http` would need several times the CPU time. */
async function connect(port: number) {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
  socket.setEncoding('latin1') // one character for each byte
  let received = ''
  let onResponse = (_response: string) => {}
  socket.on('data', (bytes) => {
    received += bytes
    const headEnd = received.indexOf('\r\n\r\n')
    if (headEnd === -1) return
    const bodyLength = /\r\ncontent-length: (\d+)\r\n/i.exec(received)?.[1]
    if (bodyLength === undefined) throw new Error(`no content-length: ${received}`)
    if (received.length < headEnd + 4 + Number(bodyLength)) return
    const response = received
    received = ''
    onResponse(response)
  })
  socket.once('close', () => {
    throw new Error('the server closed a connection')
  })
  await once(socket, 'connect')
  return {
    exchange(request: string, callback: (response: string) => void) {
      onResponse = callback
      socket.write(request, 'latin1')
    }
  }
}

/** @throws {Error} unless the response has status 200 and the id of its request. */
function assertAnswer(response: string, id: number) {
  if (response.startsWith('HTTP/1.1 200 ') && response.includes(`"id":${id}`)) return
  throw new Error(`no answer to request ${id}: ${response.slice(0, 2000)}`)
}
