import { unwatchFile, watchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { InvalidSettingsError } from '../config/invalid-settings.ts'
import type { Logger } from '../lib/logger.ts'
import type { Caller } from './caller.ts'

const pollIntervalMs = 1000

export interface DenyListOptions {
  /** A file with one entry per line; `#` starts a comment. */
  file: string | undefined
  /** Reads the entries that replicas share. */
  readShared: (() => Promise<string[]>) | undefined
  log: Logger
}

export type DenyList = Awaited<ReturnType<typeof createDenyList>>

/**
 * Holds the tokens (`jti`), subjects (`sub`) and clients (`client_id`) that an operator denies before their tokens
 * expire. Without it, a JWT gives access until `exp`, even if the authorization server has revoked it.
 * The list polls both sources every second. While a source is unavailable, its last entries stay denied.
 * @throws {InvalidSettingsError} if the file cannot be read at startup.
 */
export async function createDenyList({ file, readShared, log }: DenyListOptions) {
  const subscriptions = new Set<{ caller: Caller; listener: () => void }>()
  let fileEntries: readonly string[] = file ? await readEntries(file).catch(failStartup) : []
  let sharedEntries: ReadonlySet<string> = new Set()
  let entries: ReadonlySet<string> = new Set(fileEntries)

  const isDenied = ({ tokenId, subject, clientId }: Caller) =>
    entries.size > 0 && [tokenId, subject, clientId].some((id) => id !== undefined && entries.has(id))

  function update() {
    entries = new Set([...fileEntries, ...sharedEntries])
    log.info({ entries: entries.size }, 'deny list updated')
    for (const { caller, listener } of subscriptions) if (isDenied(caller)) listener()
  }

  async function refreshFromFile(path: string) {
    try {
      fileEntries = await readEntries(path)
      update()
    } catch (err) {
      log.error({ err }, 'DENY_LIST_FILE not read; its last entries stay denied')
    }
  }

  async function refreshShared() {
    // The connection logs its own outages.
    const ids = await readShared?.().catch(() => undefined)
    if (!ids || (ids.length === sharedEntries.size && ids.every((id) => sharedEntries.has(id)))) return
    if (ids.length === 0) {
      log.warn({ entries: sharedEntries.size }, 'shared deny list emptied; its entries are allowed again')
    }
    sharedEntries = new Set(ids)
    update()
  }

  const onFileChange = () => void (file && refreshFromFile(file))
  if (file) watchFile(file, { interval: pollIntervalMs, persistent: false }, onFileChange)
  await refreshShared()
  const pollTimer =
    readShared &&
    setInterval(
      () => refreshShared().catch((err) => log.error({ err }, 'applying the shared deny list failed')),
      pollIntervalMs
    ).unref()

  return {
    /** Whether the caller's token, subject or client is denied. */
    isDenied,
    /** Calls `listener` when an update of the list denies `caller`. Returns a function that unsubscribes. */
    onDenied(caller: Caller, listener: () => void): () => void {
      const subscription = { caller, listener }
      subscriptions.add(subscription)
      return () => void subscriptions.delete(subscription)
    },
    close() {
      clearInterval(pollTimer)
      if (file) unwatchFile(file, onFileChange)
    }
  }
}

function failStartup({ code }: NodeJS.ErrnoException): never {
  throw new InvalidSettingsError([{ name: 'DENY_LIST_FILE', reason: `cannot be read (${code})` }])
}

async function readEntries(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8')
  return text
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*/, '').trim())
    .filter(Boolean)
}
