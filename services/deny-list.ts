import { EventEmitter } from 'node:events'
import { unwatchFile, watchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Caller } from './access-tokens.ts'
import type { Logger } from './logger.ts'

export type DenyList = Awaited<ReturnType<typeof createDenyList>>

/** How often the file is looked at. */
const intervalMs = 1000

/**
 * The tokens, subjects and clients that an operator refuses before their tokens end. Each entry is a `jti`, `sub` or
 * `client_id`; in the file they stand one a line, and `#` starts a comment.
 * @throws if there is a file and it cannot be read.
 */
export async function createDenyList(options: {
  entries: readonly string[]
  file: string | undefined
  log: Logger
}) {
  const { entries, file, log } = options
  const changes = new EventEmitter<{ change: [] }>().setMaxListeners(0)
  let denied: ReadonlySet<string> = new Set([...entries, ...(file ? await readEntries(file) : [])])

  async function reread(path: string) {
    try {
      denied = new Set([...entries, ...(await readEntries(path))])
      log.info({ entries: denied.size }, 'the deny list has been read again')
      changes.emit('change')
    } catch (err) {
      // What was refused stays refused.
      log.error({ err }, 'the deny list cannot be read; the last one holds on')
    }
  }
  const onFileChange = () => void (file && reread(file))
  if (file) watchFile(file, { interval: intervalMs, persistent: false }, onFileChange)

  const denies = ({ tokenId, subject, clientId }: Caller) =>
    denied.size > 0 && [tokenId, subject, clientId].some((one) => one !== undefined && denied.has(one))

  return {
    /** Whether `caller`, or the token that it came with, is refused. */
    denies,
    /** Calls `stop` as soon as `caller` is refused; the function that is returned ends the watch. */
    watch(caller: Caller, stop: () => void): () => void {
      if (!file) return () => {} // nothing else changes
      const check = () => void (denies(caller) && stop())
      changes.on('change', check)
      return () => changes.off('change', check)
    },
    close: () => file && unwatchFile(file, onFileChange)
  }
}

async function readEntries(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8')
  return text
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*/, '').trim())
    .filter(Boolean)
}
