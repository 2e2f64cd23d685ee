import { existsSync } from 'node:fs'
import t from 'tap'
import { startLocally } from '../support/local-mode.ts'
import { Person } from '../support/oauth-user.ts'
import { skip } from './installed.ts'
import { addToClaude, addToCodex, claude, codex, signIn, start } from './programs.ts'

/** Claude Code signs in only in a terminal, which `script` provides. */
const script = '/usr/bin/script'

t.test('codex: mcp add signs in, mcp list shows it, and mcp login signs in again', { skip }, async (t) => {
  const { resource } = await startLocally(t)
  const person = new Person()

  const environment = await addToCodex(t, resource, { person })
  const listed = await start(t, [codex, 'mcp', 'list'], environment).ended
  const login = start(t, [codex, 'mcp', 'login', 'news'], environment)
  await signIn(login, person)

  t.match(listed.out, /news +http:\S+ .*OAuth/)
  t.match(await login.ended, { code: 0, out: /Successfully logged in/ })
  t.equal(person.scopes.length, 2)
})

t.test('codex, with a bearer token: mcp list shows it', { skip }, async (t) => {
  const { resource, token } = await startLocally(t)

  const environment = await addToCodex(t, resource, { token: await token() })
  const { out } = await start(t, [codex, 'mcp', 'list'], environment).ended

  t.match(out, /news +http:\S+ .*Bearer token/)
})

t.test(
  'claude: mcp list shows that the server needs a sign-in, and after mcp login that it is connected',
  { skip: skip || (!existsSync(script) && 'script is not installed: util-linux') },
  async (t) => {
    const { resource } = await startLocally(t)
    const person = new Person()
    const environment = await addToClaude(t, resource, { person })
    const list = () => start(t, [claude, 'mcp', 'list'], environment).ended

    const before = await list()
    const login = start(t, [script, '-qec', `${claude} mcp login news`, '/dev/null'], environment)
    await signIn(login, person)
    const after = await login.ended

    t.match(before.out, /news: .*Needs authentication/)
    t.match(after, { code: 0, out: /Authenticated with "news"/ })
    t.match((await list()).out, /news: .*Connected/)
  }
)

t.test('claude, with a bearer token: mcp list shows that the server is connected', { skip }, async (t) => {
  const { resource, token } = await startLocally(t)

  const environment = await addToClaude(t, resource, { token: await token() })
  const { out } = await start(t, [claude, 'mcp', 'list'], environment).ended

  t.match(out, /news: .*Connected/)
})
