/** Alpha Vantage's topics: slug to title. Requests and newer responses have slugs, older responses have titles. */
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

/** Finds the topic with the slug or title `name`, in any case; titles also as in Alpha Vantage's documentation. */
export function findTopic(name: string): Topic | undefined {
  return topicsByKey.get(normalizeTopic(name))
}

/** Finds the topics whose slug or title begins with `typed`. */
export function findTopicsByPrefix(typed: string): Topic[] {
  const prefix = normalizeTopic(typed)
  return topics.filter((topic) =>
    [topic, topicTitles[topic]].some((name) => normalizeTopic(name).startsWith(prefix))
  )
}

/** The documentation has longer titles, such as `Economy - Fiscal Policy (e.g., tax reform, government spending)`. */
function normalizeTopic(name: string): string {
  return name
    .toLowerCase()
    .replace(/\([^)]*\)/g, '')
    .split(/[^a-z]+/)
    .filter((word) => !['and', 'policy', 'overall'].includes(word))
    .join('')
}
