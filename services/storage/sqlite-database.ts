import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../lib/logger.ts'

/** Kept short, because SQLite blocks the event loop while it waits for a lock of another process. */
const busyTimeoutMs = 5
/** How long `run` retries while another process holds a lock. */
const maxBusyMs = 1000
/** The pause after a failure, before the next access to the disk. */
const failurePauseMs = 1000

/** Allocates more disk space than most writes need, and frees it again. */
const probeWrite = `
  CREATE TABLE IF NOT EXISTS probe (bytes BLOB);
  INSERT INTO probe VALUES (zeroblob(65536));
  DROP TABLE probe;`

/** A SQLite file. Opens on first use, and again after a failure or after the file was replaced. */
export class SqliteDatabase {
  readonly #file: string
  readonly #schema: string
  readonly #log: Logger
  #database: DatabaseSync | undefined
  /** The inode of the open file. If the path has another inode, the file was replaced. */
  #inode: number | undefined
  #failure: { error: unknown; at: number } | undefined
  #isClosed = false

  /** Runs the statements of `schema` each time it opens the file. Creates `folder` if necessary. */
  constructor(options: { folder: string; name: string; schema: string; log: Logger }) {
    this.#file = join(options.folder, options.name)
    this.#schema = options.schema
    this.#log = options.log
  }

  /** Runs `work`, and retries for a second while another process holds a lock. @throws if the database is unavailable. */
  async run<T>(work: (database: DatabaseSync) => T): Promise<T> {
    const deadline = performance.now() + maxBusyMs
    for (;;) {
      try {
        return this.#runOnce(work)
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw error
        await sleep(10 + Math.random() * 20)
      }
    }
  }

  /** Runs `work` once. Returns `undefined` if it fails, and logs the first failure in a row. */
  tryRun<T>(work: (database: DatabaseSync) => T): T | undefined {
    if (this.#isClosed) return undefined
    const wasUnavailable = this.#failure !== undefined
    try {
      return this.#runOnce(work)
    } catch (err) {
      if (!wasUnavailable && !isBusy(err)) {
        this.#log.warn({ err, file: this.#file }, 'DATA_DIR unavailable; caching in memory only')
      }
      return undefined
    }
  }

  /** Returns `true` after a failure, until a write succeeds. Tries a write itself. */
  isUnavailable(): boolean {
    if (this.#failure) this.tryRun((database) => database.exec(probeWrite))
    return this.#failure !== undefined
  }

  close(): void {
    this.#isClosed = true
    this.#closeFile()
  }

  #runOnce<T>(work: (database: DatabaseSync) => T): T {
    if (this.#isClosed) throw new Error(`${this.#file} is closed`)
    if (this.#failure && performance.now() < this.#failure.at + failurePauseMs) throw this.#failure.error
    try {
      // A deleted or replaced file stays writable through the open handle, but its data is lost.
      if (this.#database && readInode(this.#file) !== this.#inode) this.#closeFile()
      this.#database ??= this.#open()
      const database = this.#database
      const changesBefore = this.#failure && countChanges(database)
      const result = work(database)
      // Only a write shows that the disk is usable again, because reads also succeed on a full disk.
      if (changesBefore !== undefined && countChanges(database) > changesBefore) {
        this.#log.info({ file: this.#file }, 'DATA_DIR available again')
        this.#failure = undefined
      }
      return result
    } catch (error) {
      if (isBusy(error)) throw error
      this.#closeFile()
      this.#failure = { error, at: performance.now() }
      throw error
    }
  }

  #open(): DatabaseSync {
    ensureDirectory(dirname(this.#file))
    const database = new DatabaseSync(this.#file, { timeout: busyTimeoutMs })
    try {
      chmodSync(this.#file, 0o600) // other users must not read which caller asked about which ticker
      database.exec(this.#schema)
      this.#inode = readInode(this.#file)
      return database
    } catch (error) {
      database.close()
      throw error
    }
  }

  #closeFile() {
    this.#database?.close()
    this.#database = undefined
  }
}

function countChanges(database: DatabaseSync): number {
  return Number(database.prepare('SELECT total_changes() AS n').get()?.n)
}

/** SQLITE_BUSY or SQLITE_LOCKED, with their extended codes (https://www.sqlite.org/rescode.html). */
function isBusy(error: unknown): boolean {
  const { errcode = 0 } = error as { errcode?: number }
  return [5, 6].includes(errcode & 0xff)
}

function readInode(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino
}

/** Creates `folder` and its missing parents. `mkdirSync` with `recursive` never returns under `/proc` (Node 24). */
export function ensureDirectory(folder: string): void {
  if (existsSync(folder)) return
  if (dirname(folder) !== folder) ensureDirectory(dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
}
