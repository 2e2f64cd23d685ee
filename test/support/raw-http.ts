import { once } from 'node:events'
import { connect } from 'node:net'
import type { Test } from 'tap'

/** Sends bytes as they are, and reads until the server ends the connection. */
export async function sendRaw(t: Test, port: number, text: string): Promise<string> {
  const socket = connect(port, 'localhost').setEncoding('utf8')
  t.teardown(() => socket.destroy())
  socket.on('error', () => {}) // a reset ends it, too
  let answer = ''
  socket.on('data', (data) => {
    answer += data
  })
  socket.write(text)
  await once(socket, 'close')
  return answer
}
