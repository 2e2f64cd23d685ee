// JSON-RPC with the host (MCP Apps 2026-01-26, Communication Protocol).

/** Posts to any origin: a sandboxed page cannot know its host's origin, and the messages hold no secret. */
export const postToHost = (message) => window.parent.postMessage({ jsonrpc: '2.0', ...message }, '*')

const requests = []

export function requestHost(method, params) {
  postToHost({ id: requests.length, method, params })
  return new Promise((resolve, reject) => requests.push({ resolve, reject }))
}

const emptyResultMethods = ['ping', 'ui/resource-teardown']

/** Answers the host's requests, settles ours, and calls the handler of each notification: a Map by method. */
export function listenToHost(notificationHandlers) {
  window.addEventListener('message', ({ source, data }) => {
    if (source !== window.parent || data?.jsonrpc !== '2.0') return
    const { id, method, params, result, error } = data
    if (method === undefined) {
      if (error) requests[id]?.reject(error)
      else requests[id]?.resolve(result)
    } else if (id === undefined) notificationHandlers.get(method)?.(params ?? {})
    else if (emptyResultMethods.includes(method)) postToHost({ id, result: {} })
    else postToHost({ id, error: { code: -32601, message: 'Method not found' } })
  })
}
