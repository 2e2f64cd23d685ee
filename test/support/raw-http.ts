import { once } from 'node:events'
import { connect } from 'node:net'
import type { Test } from 'tap'

/** Sends `text` unchanged, and reads until the server closes the connection. */
export async function sendRaw(t: Test, port: number, text: string): Promise<string> {
  const socket = connect(port, 'localhost').setEncoding('utf8')
  t.teardown(() => socket.destroy())
  socket.on('error', () => {}) // a reset also ends it
  let answer = ''
  socket.on('data', (data) => {
    answer += data
  })
  socket.write(text)
  await once(socket, 'close')
  return answer
}
