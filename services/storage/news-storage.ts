import type { Logger } from '../lib/logger.ts'
import { newsFormat } from '../news/codec.ts'
import type { NewsStorage } from '../news/news-storage.ts'
import { localSingleFlight } from '../news/single-flight.ts'
import type { RedisConnection } from './redis-connection.ts'
import { RedisLedgerCell } from './redis-ledger-cell.ts'
import { RedisSingleFlight } from './redis-single-flight.ts'
import { RedisStore } from './redis-store.ts'
import { SqliteLedgerCell } from './sqlite-ledger-cell.ts'
import { SqliteStore } from './sqlite-store.ts'

interface StorageOptions {
  /** The API that the news comes from. The news of each source is stored separately. */
  source: string
  /** The account that calls are counted for. */
  account: string
  /** Replaces the clock: milliseconds since 1970. */
  now?: () => number
  log: Logger
}

/** Storage that replicas share. The owner of `connection` closes it. */
export function createRedisStorage(options: StorageOptions & { connection: RedisConnection }): NewsStorage {
  const { connection, source, account, now, log } = options
  const prefix = `finance-news:${newsFormat}:${source}`
  return {
    name: 'redis',
    snapshots: new RedisStore({ connection, prefix, log }),
    ledgerCell: new RedisLedgerCell({ connection, account, now }),
    singleFlight: new RedisSingleFlight({ connection, prefix }),
    isUnavailable: () => connection.isUnavailable(),
    close() {}
  }
}

/** Storage of one machine, in `folder`, which it creates if necessary. `maxBytes` limits the stored news. */
export function createSqliteStorage(
  options: StorageOptions & { folder: string; maxBytes: number }
): NewsStorage {
  const { folder, source, maxBytes, account, now = Date.now, log } = options
  const snapshots = new SqliteStore({ folder, source, maxBytes, now, log })
  const ledgerCell = new SqliteLedgerCell({ folder, account, now, log })
  return {
    name: 'disk',
    snapshots,
    ledgerCell,
    singleFlight: localSingleFlight,
    isUnavailable: () => snapshots.isUnavailable() || ledgerCell.isUnavailable(),
    close() {
      snapshots.close()
      ledgerCell.close()
    }
  }
}
