import type { Caller } from '../../auth/caller.ts'
import type { Logger } from '../../lib/logger.ts'
import type { CallOutcome, RequestContext } from '../primitives/request-context.ts'

/** Who calls, in the SDKs' form, and where to log the call. The token itself stays at the door: no handler needs it. */
export interface CallerInfo {
  token: ''
  clientId: string
  scopes: string[]
  expiresAt: number
  extra: { caller: Caller; log: Logger; recordCall: (outcome: CallOutcome) => void }
  [key: string]: unknown
}

/** The caller as transports hand it to a server. */
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

/** What a handler gets to know of a request, from what the SDKs tell of it. */
export function createContext(options: {
  authInfo: unknown
  signal: AbortSignal
  /** Given by a caller who wants to be told of progress. */
  progressToken: string | number | undefined
  notify(notification: ProgressNotification): Promise<void>
}): RequestContext {
  const { authInfo, signal, progressToken, notify } = options
  const { caller, log, recordCall } = (authInfo as CallerInfo).extra
  return {
    auth: caller,
    signal,
    log,
    cost: { upstreamCalls: 0 },
    recordCall,
    async reportProgress(progress) {
      if (progressToken === undefined || signal.aborted) return
      await notify({ method: 'notifications/progress', params: { progressToken, ...progress } })
    }
  }
}
