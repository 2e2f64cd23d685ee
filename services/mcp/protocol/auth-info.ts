import type { Caller } from '../../auth/caller.ts'
import type { Logger } from '../../lib/logger.ts'
import type { CallOutcome, RequestContext, Reuse } from '../primitives/request-context.ts'

/** The caller of a request in the SDKs' form, and where to log the request. `token` is empty: no handler needs it. */
export interface CallerInfo {
  token: ''
  clientId: string
  scopes: string[]
  expiresAt: number
  extra: {
    caller: Caller
    log: Logger
    recordCall: (outcome: CallOutcome) => void
    allowReuse: (reuse: Reuse) => void
  }
  [key: string]: unknown
}

/** Converts a caller to the form in which transports hand it to a server. */
export function toAuthInfo(extra: CallerInfo['extra']): CallerInfo {
  const { caller } = extra
  return {
    token: '',
    clientId: caller.clientId ?? '',
    scopes: [...caller.scopes],
    expiresAt: caller.expiresAt,
    extra
  }
}

interface ProgressNotification {
  method: 'notifications/progress'
  params: { progressToken: string | number; progress: number; total?: number; message?: string }
}

/** Creates the context of a request from what the SDKs pass to a handler. */
export function createContext(options: {
  authInfo: unknown
  signal: AbortSignal
  /** The client sends one if it wants progress notifications. */
  progressToken: string | number | undefined
  notify(notification: ProgressNotification): Promise<void>
}): RequestContext {
  const { authInfo, signal, progressToken, notify } = options
  const { caller, log, recordCall, allowReuse } = (authInfo as CallerInfo).extra
  return {
    auth: caller,
    signal,
    log,
    cost: { upstreamCalls: 0 },
    recordCall,
    allowReuse,
    async reportProgress(progress) {
      if (progressToken === undefined || signal.aborted) return
      await notify({ method: 'notifications/progress', params: { progressToken, ...progress } })
    }
  }
}
