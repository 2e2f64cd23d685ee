import type Provider from 'oidc-provider'
import { errors } from 'oidc-provider'
import { pageHeaders, renderConsent, renderError, renderRedirect, renderSignIn } from './pages.ts'
import { readText } from './request-body.ts'

type Context = Parameters<Parameters<Provider['use']>[0]>[0]
type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

/** Adds the sign-in and consent pages to `provider`, at `/interaction/{uid}`; they show the scopes it knows. */
export function serveInteractions(provider: Provider, knownScopes: readonly string[]) {
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next()
    const interaction = await find(provider, ctx)
    if (!interaction) {
      sendPage(ctx, renderError(ended), 400)
    } else if (ctx.method === 'POST') {
      const form = isCrossOrigin(ctx) ? undefined : await readText(ctx.req)
      if (form === undefined) return sendPage(ctx, renderError(wrongOrigin), 400)
      const decision = await decide(provider, interaction, form)
      sendPage(ctx, renderRedirect(await provider.interactionResult(ctx.req, ctx.res, decision)))
    } else {
      sendPage(ctx, await render(provider, interaction, knownScopes))
    }
  })
}

/** Answers with a page. */
export function sendPage(ctx: Context, page: string, status = 200) {
  ctx.status = status
  ctx.type = 'html'
  ctx.set(pageHeaders)
  ctx.body = page
}

const ended = {
  error: 'invalid_request',
  error_description: 'This sign-in has ended, or belongs to another browser.'
}

const wrongOrigin = { error: 'invalid_request', error_description: 'Choose on the page of this sign-in.' }

/** Whether a page of another site, or of another port of this machine, has sent the form (Fetch Metadata, section 2.3). */
function isCrossOrigin(ctx: Context): boolean {
  return !['', 'same-origin'].includes(ctx.get('sec-fetch-site'))
}

/** The sign-in that is under way in this browser; `undefined` if there is none. */
async function find(provider: Provider, ctx: Context): Promise<Interaction | undefined> {
  try {
    return await provider.interactionDetails(ctx.req, ctx.res)
  } catch (error) {
    if (error instanceof errors.SessionNotFound) return undefined
    /* c8 ignore next 2 -- the sign-ins are kept in this process, which does not fail to find them */
    throw error
  }
}

async function render(provider: Provider, { prompt, params }: Interaction, knownScopes: readonly string[]) {
  if (prompt.name === 'login') return renderSignIn()
  const client = await provider.Client.find(String(params.client_id))
  return renderConsent({
    client: client?.clientName ?? String(params.client_id),
    redirectHost: URL.parse(String(params.redirect_uri))?.host || String(params.redirect_uri),
    scopes: String(params.scope)
      .split(' ')
      .filter((scope) => knownScopes.includes(scope))
  })
}

/** What the person's choice in the form means to the provider. */
async function decide(provider: Provider, interaction: Interaction, form: string) {
  const { prompt, params, session, grantId } = interaction
  const fields = new URLSearchParams(form)
  if (fields.get('choice') !== 'continue') {
    return { error: 'access_denied', error_description: 'The person at the sign-in page said no.' }
  }
  if (prompt.name === 'login') {
    const name = fields.get('name')?.trim() || 'analyst'
    const accountId = `usr_${name.toLowerCase().replace(/[^a-z0-9]+/g, '_')}`
    if (session && session.accountId !== accountId) await forgetSession(provider, interaction)
    return { login: { accountId } }
  }
  const grant =
    (grantId && (await provider.Grant.find(grantId))) ||
    new provider.Grant({ accountId: session?.accountId, clientId: String(params.client_id) })
  const { oidc, byResource } = requested(prompt.details)
  grant.addOIDCScope(oidc.join(' '))
  for (const [resource, scopes] of Object.entries(byResource))
    grant.addResourceScope(resource, scopes.join(' '))
  return { consent: { grantId: await grant.save() } }
}

/** Signs out who is signed in, so that somebody else can sign in without being asked whether to. */
async function forgetSession(provider: Provider, interaction: Interaction) {
  await (await provider.Session.findByUid(interaction.session?.uid ?? ''))?.destroy()
  delete interaction.session
  await interaction.persist()
}

/** The scopes that the person has not granted yet. */
function requested(details: Record<string, unknown>) {
  const { missingOIDCScope: oidc = [], missingResourceScopes: byResource = {} } = details as {
    missingOIDCScope?: string[]
    missingResourceScopes?: Record<string, string[]>
  }
  return { oidc, byResource }
}
