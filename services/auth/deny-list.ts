import { EventEmitter } from 'node:events'
import { unwatchFile, watchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { InvalidSettingsError } from '../config/invalid-settings.ts'
import type { Logger } from '../lib/logger.ts'
import type { RedisConnection } from '../storage/redis-connection.ts'
import type { Caller } from './caller.ts'

export type DenyList = Awaited<ReturnType<typeof createDenyList>>

/** How often the file and the set in Redis are looked at. */
const pollIntervalMs = 1000
/** The set in Redis that all replicas look at. */
const redisKey = 'finance-news:deny'

/**
 * The tokens, subjects and clients that an operator refuses before their tokens end. Each entry is a `jti`, `sub` or
 * `client_id`; in the file they stand one a line, and `#` starts a comment; in Redis they are a set, `finance-news:deny`.
 * @throws if there is a file and it cannot be read.
 */
export async function createDenyList(options: {
  entries: readonly string[]
  file: string | undefined
  link: RedisConnection | undefined
  log: Logger
}) {
  const { entries, file, link, log } = options
  const changes = new EventEmitter<{ change: [] }>().setMaxListeners(0)
  let inFile = file ? await readEntries(file).catch(failStartup) : []
  let inRedis: ReadonlySet<string> = new Set()
  let denied: ReadonlySet<string> = new Set([...entries, ...inFile])

  function update() {
    denied = new Set([...entries, ...inFile, ...inRedis])
    log.info({ entries: denied.size }, 'the deny list has been read again')
    changes.emit('change')
  }

  async function reread(path: string) {
    try {
      inFile = await readEntries(path)
      update()
    } catch (err) {
      // What was refused stays refused.
      log.error({ err }, 'the deny list cannot be read; the last one holds on')
    }
  }
  const onFileChange = () => void (file && reread(file))
  /** What cannot be read stays as it was: what was refused stays refused. */
  async function lookInRedis() {
    const found = await link?.run((redis) => redis.smembers(redisKey)).catch(() => undefined)
    if (found?.length === 0 && inRedis.size > 0)
      log.warn({ entries: inRedis.size }, `${redisKey} in Redis is empty now: those in it are let in again`)
    if (!found || (found.length === inRedis.size && found.every((one) => inRedis.has(one)))) return
    inRedis = new Set(found)
    update()
  }
  await lookInRedis()
  const looking =
    link &&
    setInterval(
      () => lookInRedis().catch((err) => log.error({ err }, 'the deny list in Redis cannot be looked at')),
      pollIntervalMs
    ).unref()
  if (file) watchFile(file, { interval: pollIntervalMs, persistent: false }, onFileChange)

  const denies = ({ tokenId, subject, clientId }: Caller) =>
    denied.size > 0 && [tokenId, subject, clientId].some((one) => one !== undefined && denied.has(one))

  return {
    /** Whether `caller`, or the token that it came with, is refused. */
    denies,
    /** Calls `stop` as soon as `caller` is refused; the function that is returned ends the watch. */
    onDenied(caller: Caller, stop: () => void): () => void {
      if (!file && !link) return () => {} // nothing else changes
      const check = () => void (denies(caller) && stop())
      changes.on('change', check)
      return () => changes.off('change', check)
    },
    close() {
      clearInterval(looking)
      if (file) unwatchFile(file, onFileChange)
    }
  }
}

function failStartup(error: NodeJS.ErrnoException): never {
  throw new InvalidSettingsError([{ name: 'DENY_LIST_FILE', reason: `cannot be read (${error.code})` }])
}

async function readEntries(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8')
  return text
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*/, '').trim())
    .filter(Boolean)
}
