/** Alpha Vantage's topics: the slugs that it takes and newer answers use, with the titles that older ones use. */
export const topicTitles = {
  blockchain: 'Blockchain',
  earnings: 'Earnings',
  ipo: 'IPO',
  mergers_and_acquisitions: 'Mergers & Acquisitions',
  financial_markets: 'Financial Markets',
  economy_fiscal: 'Economy - Fiscal',
  economy_monetary: 'Economy - Monetary',
  economy_macro: 'Economy - Macro',
  energy_transportation: 'Energy & Transportation',
  finance: 'Finance',
  life_sciences: 'Life Sciences',
  manufacturing: 'Manufacturing',
  real_estate: 'Real Estate & Construction',
  retail_wholesale: 'Retail & Wholesale',
  technology: 'Technology'
} as const

export type Topic = keyof typeof topicTitles
export const topics = Object.keys(topicTitles) as Topic[]

const topicsByKey = new Map(
  topics.flatMap((topic) => [topic, topicTitles[topic]].map((name) => [normalizeTopic(name), topic]))
)

/** The slug of a topic that is written as a slug or as a title; `undefined` if it is none of {@link topics}. */
export function findTopic(name: string): Topic | undefined {
  return topicsByKey.get(normalizeTopic(name))
}

function normalizeTopic(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, '')
}
