import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { asRequest } from '../support/rpc.ts'
import { type Caller, goneBecause, left, longestAnswerMs, type Outcome, sayOf } from './caller.ts'
import type { Kind } from './kind.ts'
import { chooseCall } from './questions.ts'

/** A request for news as it goes over the wire. */
async function newsAsText({ subject, chance, tokens }: Caller): Promise<string> {
  const json = JSON.stringify(asRequest('legacy', { method: 'tools/call', params: chooseCall(chance) }).body)
  const lines = [
    'POST /mcp HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${await tokens.good(subject)}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(json)}`
  ]
  return `${lines.join('\r\n')}\r\n\r\n${json}`
}

/** Connects, sends `text`, and goes on with the socket, which is gone afterwards. */
async function onSocket(
  { replica }: Caller,
  text: string,
  use: (answer: Promise<Outcome>, socket: Socket) => Promise<Outcome>
) {
  const socket = connect({ port: replica.port, host: 'localhost', allowHalfOpen: true })
  const signal = AbortSignal.timeout(longestAnswerMs)
  async function read(): Promise<Outcome> {
    const answer = await Array.fromAsync(socket.setEncoding('utf8')).then((chunks) => chunks.join(''))
    const [, status = ''] = /^HTTP\/1\.1 (\d+)/.exec(answer) ?? []
    return {
      said: status ? sayOf(Number(status), answer.slice(answer.indexOf('\r\n\r\n') + 4)) : 'closed',
      text: answer
    }
  }
  signal.addEventListener('abort', () => socket.destroy(signal.reason))
  try {
    await once(socket, 'connect')
    socket.write(text)
    const reading = read()
    reading.catch(() => {}) // whoever leaves does not read on
    return await use(reading, socket)
  } catch (error) {
    return { said: goneBecause(error), text: String(error) }
  } finally {
    socket.destroy()
  }
}

/** Leaves without waiting for anything. */
function leaving(
  name: string,
  weight: number,
  { share, longestMs }: { share: number; longestMs: number }
): Kind {
  return {
    name,
    weight,
    expected: /^left$/,
    needs: [],
    async run(caller) {
      const text = await newsAsText(caller)
      return onSocket(caller, text.slice(0, text.length * share), async () => {
        await sleep(caller.chance.between(0, longestMs))
        return left
      })
    }
  }
}

/** Those who leave too early, or do not say what they want. */
export const rudeKinds: Kind[] = [
  leaving('leaves while sending', 2, { share: 0.7, longestMs: 20 }),
  leaving('leaves while waiting', 3, { share: 1, longestMs: 50 }),
  {
    name: 'never sends it all',
    weight: 0.5,
    expected: /^408 invalid_request$/,
    needs: [],
    run: (caller) => onSocket(caller, 'POST /mcp HTTP/1.1\r\nHost: localh', (answer) => answer)
  },
  {
    name: 'never says a word',
    weight: 0.3,
    expected: /^left$/,
    needs: [],
    run: (caller) =>
      onSocket(caller, '', async () => {
        await sleep(caller.chance.between(500, 4000))
        return left
      })
  },
  {
    name: 'closes its side while waiting',
    weight: 1,
    expected: /^(closed|200( NEWS_\w+)?)$/,
    needs: ['keys'],
    async run(caller) {
      return onSocket(caller, await newsAsText(caller), (answer, socket) => {
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
