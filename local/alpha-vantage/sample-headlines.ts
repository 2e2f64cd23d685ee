import type { Topic } from '../../services/alpha-vantage/topics.ts'

/** An event in the news, with the placeholders of {@link fillIn}. */
export interface Headline {
  /** The mean score of its articles. */
  meanScore: number
  title: string
  /** The title of an article on the same event in other words. */
  rewrite: string
  summary: string
  topic?: Topic
}

export const companyHeadlines: Headline[] = [
  {
    meanScore: 0.42,
    title: '{name} raises its outlook after sales in {place} grow {percent}%',
    rewrite: 'Buyers in {place} lift the forecast of {name} for the year',
    summary: 'Demand was broader than expected, and the pace is said to hold into next year.',
    topic: 'earnings'
  },
  {
    meanScore: 0.31,
    title: 'Analysts warm to {name} as {partner} and {place} order more',
    rewrite: 'Brokers lift price targets for {name}, citing fuller order books',
    summary: 'Several brokers raised their estimates; the mood among their clients has improved.'
  },
  {
    meanScore: 0.24,
    title: '{name} wins a {count}-year contract with {partner} in {place}',
    rewrite: '{partner} picks {name} over its rivals for the {place} business',
    summary: 'The agreement runs for several years and adds to an already full book.'
  },
  {
    meanScore: 0.18,
    title: "Why {name}'s plan for {place} wins support from {partner}",
    rewrite: 'Shareholders like what {name} wants to build, and where',
    summary: 'The plan is modest, which is what its supporters seem to like about it.'
  },
  {
    meanScore: 0.09,
    title: '{name} sets {month} {count} for its meeting with investors',
    rewrite: 'An agenda is to follow: owners of {name} will gather in {place}',
    summary: 'Nothing out of the ordinary is expected.',
    topic: 'financial_markets'
  },
  {
    meanScore: 0.03,
    title: 'What to watch at {name} before {month} {count}',
    rewrite: 'Dates, figures and people that may matter to owners of {name}',
    summary: 'A short list of dates, figures and people that may matter in the days ahead.',
    topic: 'financial_markets'
  },
  {
    meanScore: -0.04,
    title: '{name} shares move {percent}% while {place} drifts',
    rewrite: 'Thin trading while {place} idles leaves {name} little changed',
    summary: 'Trading was thin, and neither buyers nor sellers had much to say.',
    topic: 'financial_markets'
  },
  {
    meanScore: -0.11,
    title: '{name} delays its launch in {place} to {month} as {partner} needs more time',
    rewrite: 'Shortage of parts pushes back the debut of {name} by weeks',
    summary: 'A supplier needs more time; the effect on the year is said to be small.'
  },
  {
    meanScore: -0.19,
    title: 'Higher costs in {place} weigh on margins of {name}, {partner} finds',
    rewrite: 'Survey: {name} earns less on each sale as wages rise',
    summary: 'Margins are thinner than a year ago, and relief is not expected before spring.',
    topic: 'earnings'
  },
  {
    meanScore: -0.27,
    title: 'Traders turn cautious on {name} before talks with {partner} in {place}',
    rewrite: 'Few want to own {name} over the long weekend',
    summary: 'Buyers stood aside, and the few who sold found it hard to get the price of the day before.'
  },
  {
    meanScore: -0.41,
    title: 'Sellers push {name} down {percent}% after a warning from {partner}',
    rewrite: 'Worst week of the year for {name} as ratings are cut',
    summary: 'No single reason stood out; several brokers lowered their ratings.',
    topic: 'financial_markets'
  }
]

/** Headlines on coins and currencies. */
export const marketHeadlines: Headline[] = [
  {
    meanScore: 0.38,
    title: '{name} climbs {percent}% as buyers from {place} return',
    rewrite: 'Strongest week since {month} for {name}, dealers say',
    summary: 'Demand was broader than expected, and dealers see few sellers.',
    topic: 'financial_markets'
  },
  {
    meanScore: 0.22,
    title: '{partner} expects more from {name} after {month} figures from {place}',
    rewrite: 'Forecasters grow fonder of {name} on fresh data',
    summary: 'The figures were better than economists had expected.'
  },
  {
    meanScore: 0.12,
    title: 'Why savers in {place} move to {name}, and what {partner} makes of it',
    rewrite: 'Households abroad put more of their money into {name}',
    summary: 'The sums are small, but they have grown for months.'
  },
  {
    meanScore: 0.02,
    title: 'What may move {name} before {month} {count}',
    rewrite: 'Speeches and figures that matter to holders of {name}',
    summary: 'A short list of dates, figures and people that may matter in the days ahead.'
  },
  {
    meanScore: -0.05,
    title: '{name} moves {percent}% in thin trading while {place} is on holiday',
    rewrite: 'Quiet session leaves {name} where it was',
    summary: 'Neither buyers nor sellers had much to say.',
    topic: 'financial_markets'
  },
  {
    meanScore: -0.16,
    title: 'Regulators in {place} ask {partner} how it deals in {name}',
    rewrite: 'Questions from a supervisor worry dealers in {name}',
    summary: 'An answer is due within weeks; dealers expect stricter rules.'
  },
  {
    meanScore: -0.36,
    title: '{name} falls {percent}% as {partner} sells its reserves in {place}',
    rewrite: 'Heavy selling sends {name} to its lowest since {month}',
    summary: 'Several dealers lowered their forecasts for the year.',
    topic: 'financial_markets'
  }
]

const places = ['Europe', 'Japan', 'Brazil', 'India', 'Canada', 'Mexico', 'Korea', 'Poland', 'Kenya', 'Chile']
const partners = ['Acme', 'Globex', 'Initech', 'Umbra', 'Contoso', 'Fabrikam', 'Northwind', 'Tailspin']
const months = ['January', 'March', 'May', 'June', 'August', 'October', 'November']

/** Creates a function that replaces the placeholders of a headline, always by the same values. */
export function fillIn(name: string, random: () => number): (text: string) => string {
  const pick = (values: string[]) => values[Math.floor(random() * values.length)] ?? ''
  const values: Record<string, string> = {
    name,
    place: pick(places),
    partner: pick(partners),
    month: pick(months),
    count: String(2 + Math.floor(random() * 26)),
    percent: (1 + random() * 8).toFixed(1),
    amount: `$${(2 + random() * 90).toFixed(1)}`
  }
  return (text) => text.replace(/\{(\w+)\}/g, (_, key: string) => values[key] ?? '')
}
