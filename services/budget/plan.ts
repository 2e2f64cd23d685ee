/** The call limits of an Alpha Vantage plan, where 0 means no limit, and how subjects share the calls. */
export interface Plan {
  callsPerDay: number
  callsPerMinute: number
  callsPerSecond: number
  /** The fraction of the remaining calls that one subject may use while others make requests: 0 to 1. */
  share: number
  /** How many calls of a day are reserved for subjects without a call that day. */
  reserve: number
  /** When a day starts: milliseconds after 00:00 UTC. */
  dayBeginsMs: number
}
