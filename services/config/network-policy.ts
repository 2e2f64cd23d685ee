import { BlockList, isIP } from 'node:net'
import { isLoopback } from '../lib/loopback.ts'
import type { Report } from './invalid-settings.ts'
import type { ProtectedResource } from './protected-resource.ts'
import { trustProxyMessage } from './setting-types.ts'

/** Whether pages of this web origin may call the MCP endpoint. */
export type AllowOrigin = (origin: string) => boolean

/** Whether the server trusts the X-Forwarded-For header from `address`. Hop 0 is the proxy next to this server. */
export type TrustProxy = (address: string, hop: number) => boolean

/** Parses `ALLOWED_ORIGINS`. Without a value, allows the origin of the resource and loopback origins. */
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
  const origins = value.split(/[\s,]+/).filter(Boolean)
  if (origins.some((origin) => URL.parse(origin)?.origin !== origin)) {
    report('ALLOWED_ORIGINS', 'is neither * nor a list of origins such as https://app.example.com')
  }
  return (origin) => origins.includes(origin)
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
