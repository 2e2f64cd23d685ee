import { readConfig } from '../services/config/config.ts'
import { readEnvironment } from '../services/config/environment.ts'
import { commands } from './scalekit/faults.ts'
import { controlPath, localSettings } from './settings.ts'

/** `npm run local -- <what> <how>`: tells the practice Scalekit to rotate its keys, to answer badly, and so on. */
async function main(what = '', how = '') {
  const environment = readEnvironment()
  const { protectedResource } = readConfig({ ...environment, ...localSettings(environment) })
  const response = await fetch(protectedResource.environmentUrl + controlPath, {
    method: 'POST',
    signal: AbortSignal.timeout(5000),
    body: JSON.stringify({ [what]: how })
  })
  const answer: unknown = await response.json()
  if (response.status === 400) {
    const list = Object.entries(commands).map(
      ([name, ways]) => `  npm run local -- ${name} ${ways.join(' | ')}`
    )
    throw new Error(`Say what to do:\n${list.join('\n')}`)
  }
  const { token } = Object(answer) as { token?: string }
  process.stdout.write(`${token ?? JSON.stringify(answer)}\n`)
}

await main(...process.argv.slice(2)).catch((error: Error & { cause?: { code?: string } }) => {
  const isDown = error.cause?.code === 'ECONNREFUSED'
  process.stderr.write(
    `${isDown ? 'The server does not run in local mode: start it first, with npm start.' : error.message}\n`
  )
  process.exitCode = 1
})
