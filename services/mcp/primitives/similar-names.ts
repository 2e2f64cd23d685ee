/** What clients call the arguments of this server's tools, from other servers and from Alpha Vantage's own API. */
const synonyms: Record<string, string> = {
  ticker:
    'symbol stock company coin crypto currency asset instrument ticker_symbol stock_symbol stock_ticker ' +
    'asset_symbol crypto_symbol company_name ticker_name',
  tickers:
    'symbols stocks companies coins currencies assets watchlist ticker_list ticker_symbols stock_symbols',
  topics: 'topic category categories sector sectors industry industries theme themes',
  topic: 'category sector industry theme',
  bucket: 'interval granularity resolution frequency step group_by',
  sort: 'order sort_by order_by sort_order ordering',
  limit:
    'count n max size top top_n top_k num number max_results num_results page_size per_page max_articles max_items',
  cursor: 'next_cursor page page_token next_page_token offset',
  min_relevance: 'relevance relevance_score relevance_threshold threshold',
  min_articles: 'articles article_count min_count',
  since:
    'from start start_date start_time time_from from_date date_from after begin window time_window period range ' +
    'date_range time_range timeframe lookback lookback_days days hours weeks duration',
  until: 'to end end_date end_time time_to to_date date_to before',
  as_of: 'date time as_of_date as_of_time point_in_time'
}

/** Longer keys, and keys with other characters, come from hosts: no answer repeats them. */
const keyPattern = /^[\w.-]{1,40}$/

/** Whether `key` is an argument of one of this server's tools. */
export const isArgumentName = (key: string) => Object.hasOwn(synonyms, key)

/** Finds the one of `names` that a client most likely meant by `key`: in another case, by a synonym, or misspelled. */
export function findSimilarName(key: string, names: readonly string[]): string | undefined {
  if (!keyPattern.test(key)) return undefined
  const plain = normalize(key)
  const words = names.flatMap((name) => (synonyms[name]?.split(' ') ?? []).map((word) => ({ name, word })))
  return (
    names.find((name) => normalize(name) === plain) ??
    words.find(({ word }) => normalize(word) === plain)?.name ??
    findNearest(key, names) ??
    words.find(({ word }) => word.length > 4 && editDistance(plain, normalize(word)) === 1)?.name
  )
}

/** Finds the one of `words` that `text` misspells: by one letter, or by two in a word of six letters or more. */
export function findNearest(text: string, words: readonly string[]): string | undefined {
  return words
    .map((word) => ({ word, distance: editDistance(normalize(text), normalize(word)) }))
    .filter(({ word, distance }) => distance <= (word.length < 6 ? 1 : 2))
    .sort((a, b) => a.distance - b.distance)[0]?.word
}

function normalize(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** How many letters to insert, delete, replace or swap with their neighbor: the optimal string alignment distance. */
function editDistance(a: string, b: string): number {
  let [beforeLast, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const at = (values: number[], index: number) => values[index] ?? Number.POSITIVE_INFINITY
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(
        Math.min(
          at(last, j) + 1,
          at(row, j - 1) + 1,
          at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
          isSwap ? at(beforeLast, j - 2) + 1 : Number.POSITIVE_INFINITY
        )
      )
    }
    ;[beforeLast, last] = [last, row]
  }
  return last[b.length] ?? 0
}
