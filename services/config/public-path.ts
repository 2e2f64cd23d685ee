import type { IncomingMessage } from 'node:http'

/** Maps the URL of a request as clients know it to the URL that the routes have. */
export type ToOwnUrl = (request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>) => string

/**
 * Maps the path of the resource to `/mcp`, also where a well-known path precedes it (RFC 9728, section 3.1). A proxy may
 * forward the public path unchanged, or with another prefix. If the path ends in `/mcp`, what precedes that is a prefix of all routes.
 */
export function createUrlMapping(path: string): ToOwnUrl {
  if (path === '/mcp') return ({ url = '/' }) => url
  if (path === '') return mapRoot
  const [publicPath, ownPath] = path.endsWith('/mcp') ? [path.slice(0, -'/mcp'.length), ''] : [path, '/mcp']
  const pattern = new RegExp(`^(/\\.well-known/[\\w-]+)?${RegExp.escape(publicPath)}(?=[/?]|$)`)
  return ({ url = '/' }) => {
    const mapped = url.replace(pattern, `$1${ownPath}`)
    return mapped === url || mapped.startsWith('/') ? mapped : `/${mapped}`
  }
}

/** A person who opens the root in a browser gets the documentation, although MCP is there. */
const mapRoot: ToOwnUrl = (request) => {
  const { url = '/', method } = request
  const isPage = (method === 'GET' || method === 'HEAD') && acceptsHtml(request)
  const isMapped = isPage ? /^\/docs\/?(\?|$)/ : /^\/(docs\/?)?(\?|$)/
  return isMapped.test(url) ? `/mcp${url}` : url
}

/** Whether a browser sent the request, or a client that accepts anything (RFC 9110, section 12.5.1). */
export function acceptsHtml({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return /text\/html|\*\/\*/i.test(headers.accept ?? '*/*')
}
