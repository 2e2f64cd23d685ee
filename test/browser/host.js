import { AppBridge, PostMessageTransport } from '@modelcontextprotocol/ext-apps/app-bridge'

/** A host of MCP Apps: shows a page in a sandbox, and records its requests. */
globalThis.host = {
  /** Shows `html` in a new frame. Returns once the page is ready for messages. */
  async open(html, { context = {}, refusesLinks = false } = {}) {
    this.sizes = []
    this.links = []
    this.modes = []
    const frame = document.createElement('iframe')
    frame.title = 'page'
    frame.setAttribute('sandbox', 'allow-scripts')
    document.querySelector('iframe')?.remove()
    document.body.append(frame)
    const bridge = new AppBridge(
      null,
      { name: 'stand-in', version: '1.0.0' },
      { openLinks: {} },
      { hostContext: context }
    )
    const initialized = new Promise((resolve) => bridge.addEventListener('initialized', resolve))
    bridge.addEventListener('sizechange', ({ height }) => {
      this.sizes.push(height)
      frame.style.height = `${height}px`
    })
    bridge.onopenlink = async ({ url }) => {
      this.links.push(url)
      if (refusesLinks) throw new Error('not allowed')
      return {}
    }
    bridge.onrequestdisplaymode = async ({ mode }) => {
      this.modes.push(mode)
      return { mode }
    }
    await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow))
    frame.srcdoc = html
    await initialized
    this.bridge = bridge
  }
}
