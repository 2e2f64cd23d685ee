/** What an Alpha Vantage plan allows, where 0 is no limit, and how a team shares it. */
export interface Plan {
  callsPerDay: number
  callsPerMinute: number
  callsPerSecond: number
  /** What part of what is left one subject can take while others ask: 0 to 1. */
  share: number
  /** How many calls of a day are kept for subjects who have had none. */
  reserve: number
  /** When a day begins: milliseconds after 00:00 UTC. */
  dayBeginsMs: number
}
