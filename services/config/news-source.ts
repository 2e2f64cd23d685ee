import { isLoopback } from '../lib/loopback.ts'
import type { Config } from './config.ts'

/** What takes the place of an Alpha Vantage key while the news is invented. */
export const sampleKey = 'sample'

/**
 * Where the news comes from, as far as the settings tell: from Alpha Vantage itself, from the sample news of local mode,
 * or from a server in Alpha Vantage's place, of whose news only the answers can say what it is.
 */
export function toNewsSource({
  ALPHA_VANTAGE_API_KEY: key,
  ALPHA_VANTAGE_BASE_URL: url
}: Pick<Config, 'ALPHA_VANTAGE_API_KEY' | 'ALPHA_VANTAGE_BASE_URL'>): 'alpha-vantage' | 'sample' | 'other' {
  const { hostname } = new URL(url)
  if (hostname === 'www.alphavantage.co') return 'alpha-vantage'
  return key === sampleKey && isLoopback(hostname) ? 'sample' : 'other'
}
