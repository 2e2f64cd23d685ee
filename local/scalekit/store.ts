import { randomBytes } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { ensureDirectory } from '../../services/storage/sqlite-database.ts'

/**
 * How long a refresh token can be used again, in seconds. A client whose response was lost repeats its request, and clients
 * that share their tokens refresh at the same time. Later, a second use is a theft (RFC 9700, section 4.14.2).
 */
const refreshGraceSeconds = 30

export type ScalekitStore = ReturnType<typeof openScalekitStore>

/**
 * Opens the local Scalekit's store: keys, clients, grants and tokens. It persists them, because Inspector and editors
 * persist theirs. Creates `folder` if necessary. Without a folder, the store is in memory.
 */
export function openScalekitStore(folder?: string) {
  const file = folder ? join(folder, 'local-scalekit.sqlite') : ':memory:'
  if (folder) ensureDirectory(folder)
  const database = new DatabaseSync(file)
  if (folder) chmodSync(file, 0o600) // it holds keys and secrets
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS records (
      model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL,
      uid TEXT, grant_id TEXT, expires_at INTEGER,
      PRIMARY KEY (model, id)
    ) STRICT;
    DELETE FROM records WHERE expires_at < unixepoch();
  `)

  const readFact = database.prepare('SELECT value FROM facts WHERE name = ?')
  const writeFact = database.prepare('INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)')
  /** Reads a fact. If it does not exist, creates and stores it. */
  async function fact<T>(name: string, create: () => T | Promise<T>): Promise<T> {
    const row = readFact.get(name)
    if (row) return JSON.parse(String(row.value))
    const value = await create()
    setFact(name, value)
    return value
  }
  const setFact = (name: string, value: unknown) => void writeFact.run(name, JSON.stringify(value))
  const signingKeys = () => fact('signing-keys', async () => [await createSigningKey()])

  return {
    /** The signing keys, newest first. */
    signingKeys,
    /** Adds a key and signs new tokens with it; the other keys stay valid. */
    async rotateKeys() {
      setFact('signing-keys', [await createSigningKey(), ...(await signingKeys())])
    },
    /** Withdraws all keys but the newest. */
    async withdrawKeys() {
      setFact('signing-keys', (await signingKeys()).slice(0, 1))
    },
    cookieSecret: () => fact('cookie-secret', createSecret),
    /** The secret of the machine client whose tokens `npm run token` prints. */
    machineSecret: () => fact('machine-secret', createSecret),
    /** The storage of `oidc-provider`, one adapter for each of its models. */
    adapter: createAdapters(database),
    close: () => database.close()
  }
}

/** Creates adapters that store the models of `oidc-provider` as records. */
function createAdapters(database: DatabaseSync) {
  const upsert = database.prepare('INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?)')
  const fresh = '(expires_at IS NULL OR expires_at >= unixepoch())'
  const find = database.prepare(`SELECT payload FROM records WHERE model = ? AND id = ? AND ${fresh}`)
  const findRefreshToken = database.prepare(
    `SELECT iif(payload ->> '$.consumed' > unixepoch() - ${refreshGraceSeconds}, json_remove(payload, '$.consumed'), payload) AS payload
     FROM records WHERE model = ? AND id = ? AND ${fresh}`
  )
  const findByUid = database.prepare(`SELECT payload FROM records WHERE model = ? AND uid = ? AND ${fresh}`)
  const consume = database.prepare(
    // The time of the first use remains.
    `UPDATE records SET payload = json_insert(payload, '$.consumed', unixepoch()) WHERE model = ? AND id = ?`
  )
  const destroy = database.prepare('DELETE FROM records WHERE model = ? AND id = ?')
  const revokeGrant = database.prepare('DELETE FROM records WHERE grant_id = ?')
  const parsePayload = (row: Record<string, unknown> | undefined): AdapterPayload | undefined =>
    row && JSON.parse(String(row.payload))

  return (model: string): Adapter => ({
    async upsert(id, payload, expiresIn) {
      const expiresAt = expiresIn ? Math.floor(Date.now() / 1000) + expiresIn : null
      upsert.run(model, id, JSON.stringify(payload), payload.uid ?? null, payload.grantId ?? null, expiresAt)
    },
    find: async (id) => parsePayload((model === 'RefreshToken' ? findRefreshToken : find).get(model, id)),
    findByUid: async (uid) => parsePayload(findByUid.get(model, uid)),
    findByUserCode: async () => undefined, // the device flow is off
    async consume(id) {
      consume.run(model, id)
    },
    async destroy(id) {
      destroy.run(model, id)
    },
    async revokeByGrantId(grantId) {
      revokeGrant.run(grantId)
    }
  })
}

async function createSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return {
    ...(await exportJWK(privateKey)),
    kid: `snk_${randomBytes(8).toString('hex')}`,
    use: 'sig',
    alg: 'RS256'
  }
}

function createSecret(): string {
  return randomBytes(32).toString('base64url')
}
