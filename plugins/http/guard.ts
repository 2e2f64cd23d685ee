import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'

/** Checks a request, and throws an error with the status of the response if the server must not process it. */
export type Guard = (request: FastifyRequest, reply: FastifyReply) => void | Promise<void>

/** Creates an `onRequest` hook that runs `guards` in order. It creates no promise if the guards return none. */
export function createGuardHook(guards: readonly Guard[]): onRequestHookHandler {
  return (request, reply, done) => {
    for (let index = 0; index < guards.length; index += 1) {
      const pending = guards[index]?.(request, reply)
      if (pending) return runAfter(pending, guards.slice(index + 1), request, reply)
    }
    done()
    return undefined
  }
}

async function runAfter(
  pending: Promise<void>,
  guards: readonly Guard[],
  request: FastifyRequest,
  reply: FastifyReply
) {
  await pending
  for (const guard of guards) await guard(request, reply)
}
