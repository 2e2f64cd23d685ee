import { readConfig } from '../services/config/config.ts'
import { readEnvironment } from '../services/config/environment.ts'
import { runCli } from './cli.ts'
import { commands } from './scalekit/faults.ts'
import { controlPath, localSettings } from './settings.ts'

/** `npm run local -- <command> <value>`: makes the local Scalekit rotate its keys, return errors, and so on. */
async function main(command = '', value = '') {
  const environment = readEnvironment()
  const { protectedResource } = readConfig({ ...environment, ...localSettings(environment) })
  const response = await fetch(protectedResource.environmentUrl + controlPath, {
    method: 'POST',
    signal: AbortSignal.timeout(5000),
    body: JSON.stringify({ [command]: value })
  })
  const body: unknown = await response.json()
  if (response.status === 400) {
    const list = Object.entries(commands).map(
      ([name, values]) => `  npm run local -- ${name} ${values.join(' | ')}`
    )
    throw new Error(`Unknown command. Use one of:\n${list.join('\n')}`)
  }
  const { token } = Object(body) as { token?: string }
  process.stdout.write(`${token ?? JSON.stringify(body)}\n`)
}

await runCli(() => main(...process.argv.slice(2)))
