import { existsSync } from 'node:fs'

const isInstalled = existsSync(new URL('node_modules', import.meta.url))

/** The reason for skipping the tests, or false. */
export const skip =
  !isInstalled && 'The clients are not installed: npm ci --prefix test/clients --ignore-scripts'
