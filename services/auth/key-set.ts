import type { ScalekitClient } from '@scalekit-sdk/node'
import { createLocalJWKSet, importJWK, type JWK } from 'jose'

const maxResponseBytes = 1024 * 1024

/** The signing keys of one fetch, with an SDK client that verifies tokens with them. */
export interface KeySet {
  scalekit: ScalekitClient
  jwks: ReturnType<typeof createLocalJWKSet>
  /** The IDs (`kid`) of the keys. */
  keyIds: ReadonlySet<string>
  /** Two key sets have the same fingerprint if and only if their keys are equal. */
  fingerprint: string
}

export interface KeySource {
  environmentUrl: string
  clientId: string | undefined
  clientSecret: string | undefined
  /** Timeout of the fetch, including the response body. */
  timeoutMs: number
}

/**
 * Fetches the signing keys with a new SDK client: a client fetches keys only once, and keeps any response. Removes keys
 * that cannot verify an RS256 signature.
 * @throws if the response has no usable key, exceeds 1 MiB, or is not complete within `timeoutMs`.
 */
export async function fetchKeySet(source: KeySource): Promise<KeySet> {
  const { environmentUrl, clientId = '', clientSecret = '', timeoutMs } = source
  // Loaded here, while the server already listens, because the SDK is a quarter of all code.
  const { ScalekitClient } = await import('@scalekit-sdk/node')
  const scalekit = new ScalekitClient(environmentUrl, clientId, clientSecret, { timeoutMs })
  const core = sdkInternals(scalekit)
  // The SDK's timeout restarts with each chunk of the response, and it does not limit the size.
  Object.assign(core.axios.defaults, {
    signal: AbortSignal.timeout(timeoutMs),
    maxContentLength: maxResponseBytes
  })
  await core.getJwks()
  const keys: unknown = core.keys
  if (!Array.isArray(keys)) throw new Error('the response is not a key set')
  const usable: JWK[] = []
  for (const key of keys) if (await isUsable(key)) usable.push(key)
  if (usable.length === 0) throw new Error('the key set has no RS256 key')
  core.keys = usable
  return {
    scalekit,
    jwks: createLocalJWKSet({ keys: usable }),
    keyIds: new Set(usable.map(({ kid }) => String(kid))),
    fingerprint: JSON.stringify(usable)
  }
}

/** The part of the SDK that fetches and holds the keys. Its types declare it private; no public API returns the keys. */
interface SdkCore {
  axios: { defaults: object }
  keys: unknown
  getJwks(): Promise<void>
}

function sdkInternals(scalekit: ScalekitClient): SdkCore {
  return (scalekit as unknown as { coreClient: SdkCore }).coreClient
}

/** Whether `key` is a public RSA key for RS256 signatures, with an ID (RFC 7517, sections 4.1, 4.2, 4.4 and 4.5). */
async function isUsable(key: unknown): Promise<boolean> {
  const { kty, kid, use = 'sig', alg = 'RS256' } = Object(key) as JWK
  if (kty !== 'RSA' || typeof kid !== 'string' || use !== 'sig' || alg !== 'RS256') return false
  return importJWK(key as JWK, 'RS256').then(
    () => true,
    () => false
  )
}
