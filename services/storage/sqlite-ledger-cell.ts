import type { LedgerCell } from '../budget/ledger-cell.ts'
import type { Logger } from '../lib/logger.ts'
import { SqliteDatabase } from './sqlite-database.ts'

// A call must be on disk before it is made: FULL syncs each commit.
const ledgerSchema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS ledger (account TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;`

const selectLedger = 'SELECT state FROM ledger WHERE account = ?'
const insertLedger = 'INSERT INTO ledger (account, state) VALUES (?, ?) ON CONFLICT DO NOTHING'
const updateLedger = 'UPDATE ledger SET state = ? WHERE account = ? AND state = ?'

/** The ledger of `account`, in `ledger.sqlite` in `folder`. Processes of one machine may share it. */
export class SqliteLedgerCell implements LedgerCell {
  readonly isShared = false
  readonly #database: SqliteDatabase
  readonly #account: string
  readonly #now: () => number

  constructor(options: { folder: string; account: string; now: () => number; log: Logger }) {
    const { folder, log } = options
    this.#database = new SqliteDatabase({ folder, name: 'ledger.sqlite', schema: ledgerSchema, log })
    this.#account = options.account
    this.#now = options.now
  }

  async read(): Promise<{ text: string | undefined; at: number }> {
    const row = await this.#database.run((database) => database.prepare(selectLedger).get(this.#account))
    return { text: row ? String(row.state) : undefined, at: this.#now() }
  }

  async compareAndSwap(from: string | undefined, to: string): Promise<boolean> {
    const { changes } = await this.#database.run((database) =>
      from === undefined
        ? database.prepare(insertLedger).run(this.#account, to)
        : database.prepare(updateLedger).run(to, this.#account, from)
    )
    return changes === 1
  }

  isUnavailable(): boolean {
    return this.#database.isUnavailable()
  }

  close(): void {
    this.#database.close()
  }
}
