import { BlockList, isIP } from 'node:net'
import { isLoopback } from '../lib/loopback.ts'
import type { Report } from './invalid-settings.ts'
import type { ProtectedResource } from './protected-resource.ts'
import { trustProxyMessage } from './setting-types.ts'

/** Whether pages of this origin may call the MCP endpoint. */
export type AllowOrigin = (origin: string) => boolean

/** Whether the server trusts the X-Forwarded-For header from `address`. Hop 0 is the proxy next to this server. */
export type TrustProxy = (address: string, hop: number) => boolean

/** Parses `ALLOWED_ORIGINS`. Without a value, allows the origin of the resource and loopback origins. Reports each invalid entry. */
export function parseAllowedOrigins(
  value: string | undefined,
  resource: ProtectedResource | undefined,
  report: Report
): AllowOrigin {
  if (value === '*') return () => true
  if (!value) {
    const ownOrigin = resource && new URL(resource.metadata.resource).origin
    return (origin) => origin === ownOrigin || isLoopback(URL.parse(origin)?.hostname ?? '')
  }
  const entries = value.split(/[\s,]+/).filter(Boolean)
  const origins = new Set(entries.map(toOrigin))
  const invalid = entries.filter((entry) => toOrigin(entry) === undefined)
  if (invalid.length > 0) report('ALLOWED_ORIGINS', describeInvalidOrigins(invalid))
  return (origin) => origins.has(origin)
}

/** An origin as browsers serialize it (RFC 6454, section 6.2): of a web page, of an extension or app, or `null`. */
function toOrigin(entry: string): string | undefined {
  if (entry === 'null') return entry
  const url = /^[a-z][a-z\d+.-]*:\/\/[^/?#@\\*]+\/?$/i.test(entry) ? URL.parse(entry) : null
  if (!url) return undefined
  // The URL standard gives URLs of other schemes no origin; browsers send their scheme and host.
  return url.origin === 'null' ? `${url.protocol}//${url.host}` : url.origin
}

/** Names the entries, without credentials in them. */
function describeInvalidOrigins(entries: string[]): string {
  const names = entries.map((entry) => `"${entry.replace(/\/\/.*@/, '//').slice(0, 100)}"`)
  return `has ${names.join(' and ')}: write * alone, or a list of origins such as https://app.example.com, chrome-extension://abc or null`
}

/** Parses `TRUST_PROXY`: `true`, `false`, a number of hops, or a list of addresses and networks. */
export function parseTrustedProxies(value = 'false', report: Report): TrustProxy {
  if (value === 'true' || value === 'false') return () => value === 'true'
  if (/^\d+$/.test(value)) return (_address, hop) => hop < Number(value)
  const proxies = new BlockList()
  for (const proxy of value.split(/[\s,]+/).filter(Boolean)) {
    const [address = '', prefix] = proxy.split('/')
    const family = toFamily(address)
    const maxPrefix = family === 'ipv6' ? 128 : 32
    if (!isIP(address) || (prefix !== undefined && !(/^\d+$/.test(prefix) && Number(prefix) <= maxPrefix))) {
      report('TRUST_PROXY', trustProxyMessage)
    } else proxies.addSubnet(address, Number(prefix ?? maxPrefix), family)
  }
  return (address) => isIP(address) > 0 && proxies.check(address, toFamily(address))
}

function toFamily(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}
