import { join } from 'node:path'
import t from 'tap'
import { root, run } from './process.ts'
import { skip } from './redis-server.ts'

t.test(
  'a few seconds of the soak: what comes is what may come, and nothing is left behind',
  { skip, timeout: 120_000 },
  async (t) => {
    const command = [process.execPath, join(root, 'test/soak/run.ts'), '6', '--seed=3']
    // The memory of the servers is measured: no lines are counted in it.
    const soak = run(t, command, {}, { env: { NODE_V8_COVERAGE: '' } })

    const { code, out, err } = await soak.ended

    t.equal(code, 0, `${out}${err}`)
    t.match(out, /unexpected answers: 0\n/)
  }
)
