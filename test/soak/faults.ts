import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fleet } from './fleet.ts'
import type { Tokens } from './tokens.ts'
import { upstreamFaults, upstreamLimits } from './upstream.ts'

/** What can be out of order. Of one of them there is one fault at a time. */
export type Victim = 'Alpha Vantage' | 'Scalekit' | 'Redis' | 'replica' | 'plan'

export interface Fault {
  /** How long it takes at least, in milliseconds. */
  needsMs: number
  /** Lasts for so long, and then all is in order again. */
  inject(forMs: number): Promise<void>
}

/** A fault that is there, or was: milliseconds, as `performance.now` has them. */
export interface Injected {
  victim: Victim
  name: string
  from: number
  to: number
}

const scalekitFaults: Record<string, (response: ServerResponse) => unknown> = {
  'status 500': (response) => response.writeHead(500).end(),
  hangs: () => {},
  'an HTML page': (response) => response.setHeader('content-type', 'text/html').end('<html>Sign in</html>'),
  'no keys': (response) => response.end('{"keys":[]}'),
  'breaks off': (response) => response.destroy()
}

/** Until every replica has seen a change of Scalekit's keys. */
const keysKnownMs = 7000
/** Until requests that came with a token of the last key have been let in. */
const tokensUsedMs = 1500

/** Every fault that there is, ready to be injected. `onExit` is told how a replica has ended. */
export function createFaults(
  { upstream, keyServer, redis, restarted, createKey }: Fleet,
  {
    tokens,
    signal,
    onExit
  }: { tokens: Tokens; signal: AbortSignal; onExit(end: { code: number | null }): void }
): Record<Victim, Record<string, Fault>> {
  const pause = (ms: number) => sleep(ms, undefined, { signal })

  const ofUpstream = (faults: Record<string, typeof upstream.fault>): Record<string, Fault> =>
    mapValues(faults, (fault) => ({
      needsMs: 500,
      async inject(forMs) {
        upstream.fault = fault
        await pause(forMs)
        upstream.heal()
      }
    }))

  async function changeKeys() {
    const [old] = keyServer.keys
    const next = await createKey()
    if (!old) return
    keyServer.keys = [next, old]
    await pause(keysKnownMs)
    tokens.useKey(next)
    await pause(tokensUsedMs)
    keyServer.keys = [next]
    await pause(keysKnownMs)
    await tokens.note(old)
  }

  return {
    'Alpha Vantage': ofUpstream(upstreamFaults),
    plan: ofUpstream(upstreamLimits),
    Scalekit: {
      ...mapValues(scalekitFaults, (answer) => ({
        needsMs: 500,
        async inject(forMs) {
          keyServer.answer = answer
          await pause(forMs)
          keyServer.answer = undefined
        }
      })),
      'keys change': { needsMs: 2 * keysKnownMs + tokensUsedMs, inject: changeKeys }
    },
    Redis: {
      killed: {
        needsMs: 500,
        async inject(forMs) {
          await redis.stop()
          await pause(forMs)
          await redis.start()
        }
      },
      frozen: {
        needsMs: 500,
        async inject(forMs) {
          redis.freeze()
          await pause(forMs)
          redis.thaw()
        }
      }
    },
    replica: {
      'ended and started again': {
        needsMs: 3000,
        async inject() {
          onExit(await restarted.end())
          signal.throwIfAborted()
          await restarted.start()
        }
      }
    }
  }
}

function mapValues<From, To>(record: Record<string, From>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
}
