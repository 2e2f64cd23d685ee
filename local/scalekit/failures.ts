import { errors } from 'oidc-provider'
import { isClientUrl } from './url-clients.ts'

/** Why a sign-in failed, in the words of its page. */
export interface Failure {
  happened: string
  advice: string
  /** The OAuth error, for developers of clients. */
  error: string
}

const addAgain = 'In your MCP client, remove this server with its saved sign-in, and add it again.'

/** The sign-in is unknown to this browser. */
export const expiredSignIn: Failure = {
  happened: 'This sign-in has expired, was completed before, or belongs to another browser.',
  advice: 'Start again from your MCP client.',
  error: 'invalid_request'
}

export const wrongOrigin: Failure = {
  happened: 'The form was sent from another site, or is too large.',
  advice: 'Use the page of this sign-in.',
  error: 'invalid_request'
}

export const formPost: Failure = {
  happened: 'The client asked for the response mode form_post, which local mode does not support.',
  advice: 'Set the response mode of your MCP client to query.',
  error: 'unsupported_response_mode'
}

/** Explains an error of oidc-provider that it cannot send to the client. `params` are those of the request. */
export function explainFailure(
  error: Error,
  { error: code, error_description: description = code }: { error: string; error_description?: string },
  params: Record<string, unknown>
): Failure {
  const clientId = String(params.client_id)
  const explain = (happened: string, advice: string): Failure => ({
    happened,
    advice,
    error: `${code}: ${description}`
  })

  if (error instanceof errors.SessionNotFound) return explain(expiredSignIn.happened, expiredSignIn.advice)
  if (error instanceof errors.InvalidRedirectUri) {
    return explain(
      `The client asked to send you back to ${params.redirect_uri}, which is not among the redirects that it registered.`,
      addAgain
    )
  }
  if (isClientUrl(clientId) && error instanceof errors.InvalidClient) {
    return explain(
      `The client identifies itself by the document ${clientId}, which could not be fetched, and asked to send you back to ${params.redirect_uri}, which is not a program on this machine.`,
      'Connect this machine to the internet and try again, or remove the client ID from the settings of your MCP client, so that it registers here.'
    )
  }
  if (error instanceof errors.InvalidClientMetadata) {
    return explain(
      `The client describes itself in a way that OAuth does not allow: ${description}.`,
      'Update your MCP client, or try another one.'
    )
  }
  if (error instanceof errors.InvalidClient) {
    return explain(
      `The client ID ${clientId} is not registered here. Local mode forgets its clients when its data (DATA_DIR) is deleted.`,
      addAgain
    )
  }
  if (code === 'server_error') {
    return explain(
      'The local Scalekit failed.',
      'Try again. If it fails again, stop the server, delete the folder of its data (DATA_DIR), and start it.'
    )
  }
  return explain(
    `The request of the client is not valid: ${description}.`,
    'Update your MCP client, or try another one.'
  )
}
