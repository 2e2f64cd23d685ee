import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fleet } from './fleet.ts'
import type { Tokens } from './tokens.ts'
import { upstreamFaults, upstreamLimits } from './upstream.ts'

/** The parts that can fail. Each part has at most one fault at a time. */
export type FaultTarget = 'Alpha Vantage' | 'Scalekit' | 'Redis' | 'replica' | 'plan'

export interface Fault {
  /** The minimum duration, in milliseconds. */
  minMs: number
  /** Injects the fault for `forMs`, then recovers. */
  inject(forMs: number): Promise<void>
}

/** An injected fault, with its times in milliseconds of `performance.now`. */
export interface InjectedFault {
  target: FaultTarget
  name: string
  from: number
  to: number
}

const scalekitFaults: Record<string, (response: ServerResponse) => unknown> = {
  'status 500': (response) => response.writeHead(500).end(),
  hangs: () => {},
  'an HTML page': (response) => response.setHeader('content-type', 'text/html').end('<html>Sign in</html>'),
  'no keys': (response) => response.end('{"keys":[]}'),
  'closes the connection': (response) => response.destroy()
}

/** The maximum time until every replica has fetched changed keys. */
const keyPropagationMs = 7000
/** The maximum time until pending requests with a token of the old key are authenticated. */
const tokenUseMs = 1500

/** All faults, by part. `onExit` receives the exit code of a replica. */
export function createFaults(
  { upstream, keyServer, redis, restarted, createKey }: Fleet,
  {
    tokens,
    signal,
    onExit
  }: { tokens: Tokens; signal: AbortSignal; onExit(exit: { code: number | null }): void }
): Record<FaultTarget, Record<string, Fault>> {
  const pause = (ms: number) => sleep(ms, undefined, { signal })

  const toUpstreamFaults = (faults: Record<string, typeof upstream.fault>): Record<string, Fault> =>
    mapValues(faults, (fault) => ({
      minMs: 500,
      async inject(forMs) {
        upstream.fault = fault
        await pause(forMs)
        upstream.recover()
      }
    }))

  async function changeKeys() {
    const [old] = keyServer.keys
    const next = await createKey()
    if (!old) return
    keyServer.keys = [next, old]
    await pause(keyPropagationMs)
    tokens.useKey(next)
    await pause(tokenUseMs)
    keyServer.keys = [next]
    await pause(keyPropagationMs)
    await tokens.markWithdrawn(old)
  }

  return {
    'Alpha Vantage': toUpstreamFaults(upstreamFaults),
    plan: toUpstreamFaults(upstreamLimits),
    Scalekit: {
      ...mapValues(scalekitFaults, (answer) => ({
        minMs: 500,
        async inject(forMs) {
          keyServer.answer = answer
          await pause(forMs)
          keyServer.answer = undefined
        }
      })),
      'keys change': { minMs: 2 * keyPropagationMs + tokenUseMs, inject: changeKeys }
    },
    Redis: {
      killed: {
        minMs: 500,
        async inject(forMs) {
          await redis.stop()
          await pause(forMs)
          await redis.start()
        }
      },
      frozen: {
        minMs: 500,
        async inject(forMs) {
          redis.freeze()
          await pause(forMs)
          redis.thaw()
        }
      }
    },
    replica: {
      restarted: {
        minMs: 3000,
        async inject() {
          onExit(await restarted.stop())
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
