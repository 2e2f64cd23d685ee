import { isLoopback } from '../lib/loopback.ts'
import type { Config } from './config.ts'

/** The API key of local mode, where the news is sample news. */
export const sampleKey = 'sample'

/**
 * Derives the source of the news from the settings: Alpha Vantage, the sample news of local mode, or another server in
 * place of Alpha Vantage.
 */
export function toNewsSource({
  ALPHA_VANTAGE_API_KEY: key,
  ALPHA_VANTAGE_BASE_URL: url
}: Pick<Config, 'ALPHA_VANTAGE_API_KEY' | 'ALPHA_VANTAGE_BASE_URL'>): 'alpha-vantage' | 'sample' | 'other' {
  const { hostname } = new URL(url)
  if (hostname === 'www.alphavantage.co') return 'alpha-vantage'
  return key === sampleKey && isLoopback(hostname) ? 'sample' : 'other'
}
