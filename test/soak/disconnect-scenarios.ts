import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { asRequest } from '../support/rpc.ts'
import {
  type Caller,
  disconnected,
  maxAnswerMs,
  type Outcome,
  summarize,
  summarizeFailure
} from './caller.ts'
import { chooseCall } from './requests.ts'
import type { Scenario } from './scenario.ts'

/** Formats a request for news as HTTP/1.1. */
async function formatRequest({ subject, random, tokens }: Caller): Promise<string> {
  const json = JSON.stringify(asRequest('legacy', { method: 'tools/call', params: chooseCall(random) }).body)
  const lines = [
    'POST /mcp HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${await tokens.valid(subject)}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(json)}`
  ]
  return `${lines.join('\r\n')}\r\n\r\n${json}`
}

/** Connects, sends `text`, passes the socket to `use`, and destroys it. */
async function onSocket(
  { replica }: Caller,
  text: string,
  use: (answer: Promise<Outcome>, socket: Socket) => Promise<Outcome>
) {
  const socket = connect({ port: replica.port, host: 'localhost', allowHalfOpen: true })
  const signal = AbortSignal.timeout(maxAnswerMs)
  async function read(): Promise<Outcome> {
    const answer = await Array.fromAsync(socket.setEncoding('utf8')).then((chunks) => chunks.join(''))
    const [, status = ''] = /^HTTP\/1\.1 (\d+)/.exec(answer) ?? []
    return {
      summary: status ? summarize(Number(status), answer.slice(answer.indexOf('\r\n\r\n') + 4)) : 'closed',
      text: answer
    }
  }
  signal.addEventListener('abort', () => socket.destroy(signal.reason))
  try {
    await once(socket, 'connect')
    socket.write(text)
    const reading = read()
    reading.catch(() => {}) // a caller that disconnects does not read the answer
    return await use(reading, socket)
  } catch (error) {
    return { summary: summarizeFailure(error), text: String(error) }
  } finally {
    socket.destroy()
  }
}

/** Sends part of a request, and disconnects. */
function createDisconnect(
  name: string,
  weight: number,
  { share, maxDelayMs }: { share: number; maxDelayMs: number }
): Scenario {
  return {
    name,
    weight,
    expected: /^disconnected$/,
    needs: [],
    async run(caller) {
      const text = await formatRequest(caller)
      return onSocket(caller, text.slice(0, text.length * share), async () => {
        await sleep(caller.random.between(0, maxDelayMs))
        return disconnected
      })
    }
  }
}

/** Callers that disconnect early, or send incomplete requests. */
export const disconnectScenarios: Scenario[] = [
  createDisconnect('disconnects while sending', 2, { share: 0.7, maxDelayMs: 20 }),
  createDisconnect('disconnects while waiting', 3, { share: 1, maxDelayMs: 50 }),
  {
    name: 'incomplete request',
    weight: 0.5,
    expected: /^408 invalid_request$/,
    needs: [],
    run: (caller) => onSocket(caller, 'POST /mcp HTTP/1.1\r\nHost: localh', (answer) => answer)
  },
  {
    name: 'connection without a request',
    weight: 0.3,
    expected: /^disconnected$/,
    needs: [],
    run: (caller) =>
      onSocket(caller, '', async () => {
        await sleep(caller.random.between(500, 4000))
        return disconnected
      })
  },
  {
    name: 'closes its side while waiting',
    weight: 1,
    expected: /^(closed|200( NEWS_\w+)?)$/,
    needs: ['keys'],
    async run(caller) {
      return onSocket(caller, await formatRequest(caller), (answer, socket) => {
        socket.end()
        return answer
      })
    }
  },
  {
    name: 'not HTTP',
    weight: 1,
    expected: /^400 invalid_request$/,
    needs: [],
    run: (caller) => onSocket(caller, 'HELO localhost\r\n\r\n', (answer) => answer)
  }
]
