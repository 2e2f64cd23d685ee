import { isLoopback } from './loopback.ts'

/** The message for a setting that {@link isSecureUrl} rejects. */
export const secureUrlMessage = 'is not an https URL without query and fragment (http only on loopback)'

/** Whether `value` is an absolute https URL, or an http one on loopback, without credentials, query and fragment. */
export function isSecureUrl(value: string): boolean {
  const url = URL.parse(value)
  if (!url || url.username || url.password || !/^https?:\/\/[^?#\s]+$/i.test(value)) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

/** Whether `value` is an absolute http or https URL without credentials. */
export function isHttpUrl(value: string): boolean {
  const url = URL.parse(value)
  return url !== null && !url.username && !url.password && /^https?:\/\/[^\s<>"]+$/i.test(value)
}

export function withoutTrailingSlash(url: string): string {
  return url.replace(/\/$/, '')
}
