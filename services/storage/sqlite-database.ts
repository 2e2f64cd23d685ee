import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import type { Logger } from '../lib/logger.ts'

/** Another process may hold the file: it is not waited for in one go, which would hold up everybody. */
const busyTimeoutMs = 5
const maxBusyMs = 1000
/** After a failure the disk is left alone for so long. */
const pauseMs = 1000

/** Takes more of the disk than what is kept there most of the time, and gives it back. */
const probe = `
  CREATE TABLE IF NOT EXISTS probe (bytes BLOB);
  INSERT INTO probe VALUES (zeroblob(65536));
  DROP TABLE probe;`

/**
 * A database in `folder`, which is made if it is missing. It is opened when it is needed, and again after it has failed
 * or gone.
 */
export function openSqliteDatabase(
  folder: string,
  name: string,
  { create, log }: { create: string; log: Logger }
) {
  const file = join(folder, name)
  let database: DatabaseSync | undefined
  let failure: { error: unknown; at: number } | undefined
  /** Which file it is that was opened: the name may stand for another one by now. */
  let inode: number | undefined
  let isClosed = false

  function open(): DatabaseSync {
    ensureDirectory(folder)
    const opened = new DatabaseSync(file, { timeout: busyTimeoutMs })
    try {
      chmodSync(file, 0o600) // subjects and what they ask are nobody else's business
      opened.exec(create)
      inode = readInode(file)
      return opened
    } catch (error) {
      opened.close()
      throw error
    }
  }

  function shut() {
    database?.close()
    database = undefined
  }

  function once<T>(work: (database: DatabaseSync) => T): T {
    if (isClosed) throw new Error(`${name} is closed`)
    if (failure && performance.now() < failure.at + pauseMs) throw failure.error
    try {
      if (database && readInode(file) !== inode) shut() // it would go on in a file that nobody sees
      database ??= open()
      const changes = failure && changesOf(database)
      const result = work(database)
      // That it can be read does not show that it can be written, too.
      if (changes !== undefined && changesOf(database) > changes) {
        log.info({ file }, 'DATA_DIR can be used again')
        failure = undefined
      }
      return result
    } catch (error) {
      if (isBusy(error)) throw error
      shut()
      failure = { error, at: performance.now() }
      throw error
    }
  }

  function attempt<T>(work: (database: DatabaseSync) => T): T | undefined {
    if (isClosed) return undefined
    const wasAway = failure !== undefined
    try {
      return once(work)
    } catch (err) {
      if (!wasAway && !isBusy(err)) {
        log.warn({ err, file }, 'DATA_DIR cannot be used: news is kept in memory only, until it can')
      }
      return undefined
    }
  }

  return {
    /** Does something with it. @throws if that cannot be done. */
    async run<T>(work: (database: DatabaseSync) => T): Promise<T> {
      const until = performance.now() + maxBusyMs
      for (;;) {
        try {
          return once(work)
        } catch (error) {
          if (!isBusy(error) || performance.now() > until) throw error
          await setTimeout(10 + Math.random() * 20)
        }
      }
    },
    /** Does something with it; `undefined` if that cannot be done, which is logged. */
    attempt,
    /** Whether it has failed and not been written since; whoever looks finds out when it can be. */
    isAway() {
      if (failure) attempt((database) => database.exec(probe))
      return failure !== undefined
    },
    close() {
      isClosed = true
      shut()
    }
  }
}

const changesOf = (database: DatabaseSync) => Number(database.prepare('SELECT total_changes() AS n').get()?.n)

/** SQLITE_BUSY or SQLITE_LOCKED (https://www.sqlite.org/rescode.html). */
function isBusy(error: unknown): boolean {
  const { errcode = 0 } = error as { errcode?: number }
  return [5, 6].includes(errcode & 0xff)
}

function readInode(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino
}

/** Makes `folder`, and those around it. Node's own way does not end where no folder can be made, such as in `/proc`. */
export function ensureDirectory(folder: string): void {
  if (existsSync(folder)) return
  if (dirname(folder) !== folder) ensureDirectory(dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
}
