import { BlockList, isIP } from 'node:net'
import { isLoopback } from '../lib/loopback.ts'
import type { Config } from './config.ts'
import type { Report } from './invalid-settings.ts'
import type { ProtectedResource } from './protected-resource.ts'
import { trustProxyMessage } from './setting-types.ts'

export function parseAllowedOrigins(
  value: string | undefined,
  resource: ProtectedResource | undefined,
  report: Report
): (origin: string) => boolean {
  if (value === '*') return () => true
  if (!value) {
    const own = resource && new URL(resource.metadata.resource).origin
    return (origin) => origin === own || isLoopback(URL.parse(origin)?.hostname ?? '')
  }
  const origins = value.split(/[\s,]+/).filter(Boolean)
  if (origins.some((origin) => URL.parse(origin)?.origin !== origin)) {
    report('ALLOWED_ORIGINS', 'is neither * nor a list of origins such as https://app.example.com')
  }
  return (origin) => origins.includes(origin)
}

export function parseTrustedProxies(value = 'false', report: Report): Config['isTrustedProxy'] {
  if (value === 'true' || value === 'false') return () => value === 'true'
  if (/^\d+$/.test(value)) return (_address, hop) => hop < Number(value)
  const proxies = new BlockList()
  for (const proxy of value.split(/[\s,]+/).filter(Boolean)) {
    const [address = '', bits] = proxy.split('/')
    const family = addressFamily(address)
    const longest = family === 'ipv6' ? 128 : 32
    if (!isIP(address) || (bits !== undefined && !(/^\d+$/.test(bits) && Number(bits) <= longest))) {
      report('TRUST_PROXY', trustProxyMessage)
    } else proxies.addSubnet(address, Number(bits ?? longest), family)
  }
  return (address) => isIP(address) > 0 && proxies.check(address, addressFamily(address))
}

function addressFamily(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}
