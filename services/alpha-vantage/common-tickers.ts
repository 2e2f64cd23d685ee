/** Tickers that people often ask for, each with the names that people write instead. */
const names: Record<string, readonly string[]> = {
  AAPL: ['Apple'],
  ABBV: ['AbbVie'],
  ABT: ['Abbott', 'Abbott Laboratories'],
  ADBE: ['Adobe'],
  AMD: ['Advanced Micro Devices'],
  AMZN: ['Amazon'],
  AVGO: ['Broadcom'],
  BA: ['Boeing'],
  BAC: ['Bank of America'],
  'BRK-B': ['Berkshire', 'Berkshire Hathaway'],
  C: ['Citi', 'Citigroup'],
  CAT: ['Caterpillar'],
  COIN: ['Coinbase'],
  COST: ['Costco'],
  CRM: ['Salesforce'],
  CSCO: ['Cisco', 'Cisco Systems'],
  CVX: ['Chevron'],
  DIS: ['Disney', 'Walt Disney'],
  F: ['Ford Motor'],
  GE: ['General Electric', 'GE Aerospace'],
  GM: ['General Motors'],
  GOOG: [],
  GOOGL: ['Google', 'Alphabet'],
  GS: ['Goldman', 'Goldman Sachs'],
  HD: ['Home Depot'],
  IBM: [],
  INTC: ['Intel'],
  JNJ: ['Johnson & Johnson'],
  JPM: ['JPMorgan', 'JP Morgan', 'JPMorgan Chase'],
  KO: ['Coca-Cola'],
  LLY: ['Eli Lilly', 'Lilly'],
  MA: ['Mastercard'],
  MCD: ["McDonald's"],
  META: ['Facebook'],
  MMM: ['3M'],
  MRK: ['Merck'],
  MSFT: ['Microsoft'],
  NFLX: ['Netflix'],
  NKE: ['Nike'],
  NVDA: ['Nvidia'],
  ORCL: ['Oracle'],
  PEP: ['Pepsi', 'PepsiCo'],
  PFE: ['Pfizer'],
  PG: ['Procter & Gamble'],
  PLTR: ['Palantir', 'Palantir Technologies'],
  PYPL: ['PayPal'],
  QCOM: ['Qualcomm'],
  SBUX: ['Starbucks'],
  SHOP: ['Shopify'],
  T: ['AT&T'],
  TSLA: ['Tesla'],
  TSM: ['TSMC', 'Taiwan Semiconductor'],
  UBER: [],
  UNH: ['UnitedHealth'],
  V: ['Visa'],
  VZ: ['Verizon'],
  WFC: ['Wells Fargo'],
  WMT: ['Walmart'],
  XOM: ['Exxon', 'ExxonMobil', 'Exxon Mobil'],
  'CRYPTO:BTC': ['Bitcoin'],
  'CRYPTO:ETH': ['Ethereum', 'Ether'],
  'CRYPTO:SOL': ['Solana'],
  'CRYPTO:XRP': ['Ripple'],
  'FOREX:EUR': ['Euro'],
  'FOREX:GBP': ['British pound', 'Pound sterling'],
  'FOREX:JPY': ['Japanese yen', 'Yen'],
  'FOREX:USD': ['US dollar', 'Dollar']
}

/** Suggested before any news has been fetched. */
export const commonTickers = Object.keys(names)

const legalForms = new Set(
  'co com company corp corporation group inc incorporated limited ltd plc shares stock the'.split(' ')
)

const tickersByName = new Map(
  Object.entries(names).flatMap(([ticker, all]) => all.map((name) => [normalizeName(name), ticker]))
)

/** Finds the ticker of a well-known company, coin or currency by its name, with or without `Inc.` and the like. */
export function findTickerByName(name: string): string | undefined {
  return tickersByName.get(normalizeName(name))
}

function normalizeName(name: string): string {
  const words = name
    .toLowerCase()
    .replaceAll("'", '')
    .split(/[^a-z0-9]+/)
  return words.filter((word) => !legalForms.has(word)).join('')
}
