import type Provider from 'oidc-provider'
import { errors } from 'oidc-provider'
import { expiredSignIn, wrongOrigin } from './failures.ts'
import { pageHeaders, renderConsent, renderFailure, renderRedirect, renderSignIn } from './pages.ts'
import { readText } from './request-body.ts'
import { isClientUrl } from './url-clients.ts'

type Context = Parameters<Parameters<Provider['use']>[0]>[0]
type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

/** Adds the sign-in and consent pages to `provider`, at `/interaction/{uid}`. Consent lists the known scopes. */
export function serveInteractions(provider: Provider, knownScopes: readonly string[]) {
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next()
    const interaction = await findInteraction(provider, ctx)
    if (!interaction) {
      sendPage(ctx, renderFailure(expiredSignIn), 400)
    } else if (ctx.method === 'POST') {
      const form = isCrossOrigin(ctx) ? undefined : await readText(ctx.req)
      if (form === undefined) return sendPage(ctx, renderFailure(wrongOrigin), 400)
      const decision = await decide(provider, interaction, form)
      sendPage(ctx, renderRedirect(await provider.interactionResult(ctx.req, ctx.res, decision)))
    } else {
      sendPage(ctx, await renderPrompt(provider, interaction, knownScopes))
    }
  })
}

/** Sends a page. */
export function sendPage(ctx: Context, page: string, status = 200) {
  ctx.status = status
  ctx.type = 'html'
  ctx.set(pageHeaders)
  ctx.body = page
}

/** Whether a page of another origin sent the form, such as another port of this machine (Fetch Metadata, section 2.3). */
function isCrossOrigin(ctx: Context): boolean {
  return !['', 'same-origin'].includes(ctx.get('sec-fetch-site'))
}

/** Finds the pending sign-in of this browser; `undefined` if there is none. */
async function findInteraction(provider: Provider, ctx: Context): Promise<Interaction | undefined> {
  try {
    return await provider.interactionDetails(ctx.req, ctx.res)
  } catch (error) {
    if (error instanceof errors.SessionNotFound) return undefined
    /* c8 ignore next 2 -- the store is in this process, so a look-up does not fail */
    throw error
  }
}

async function renderPrompt(
  provider: Provider,
  { prompt, params }: Interaction,
  knownScopes: readonly string[]
) {
  if (prompt.name === 'login') return renderSignIn()
  const clientId = String(params.client_id)
  const client = await provider.Client.find(clientId)
  return renderConsent({
    client: client?.clientName ?? clientId,
    clientUrl: isClientUrl(clientId) ? clientId : undefined,
    redirectHost: URL.parse(String(params.redirect_uri))?.host || String(params.redirect_uri),
    scopes: String(params.scope)
      .split(' ')
      .filter((scope) => knownScopes.includes(scope))
  })
}

/** Converts the person's choice to the provider's result. */
async function decide(provider: Provider, interaction: Interaction, form: string) {
  const { prompt, params, session, grantId } = interaction
  const fields = new URLSearchParams(form)
  if (fields.get('choice') !== 'continue') {
    return { error: 'access_denied', error_description: 'The person declined on the sign-in page.' }
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
  const { oidc, byResource } = missingScopes(prompt.details)
  grant.addOIDCScope(oidc.join(' '))
  for (const [resource, scopes] of Object.entries(byResource))
    grant.addResourceScope(resource, scopes.join(' '))
  return { consent: { grantId: await grant.save() } }
}

/** Signs the current person out, so that another person can sign in without a question. */
async function forgetSession(provider: Provider, interaction: Interaction) {
  await (await provider.Session.findByUid(interaction.session?.uid ?? ''))?.destroy()
  delete interaction.session
  await interaction.persist()
}

/** The requested scopes that the person has not granted yet. */
function missingScopes(details: Record<string, unknown>) {
  const { missingOIDCScope: oidc = [], missingResourceScopes: byResource = {} } = details as {
    missingOIDCScope?: string[]
    missingResourceScopes?: Record<string, string[]>
  }
  return { oidc, byResource }
}
