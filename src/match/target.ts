import { SluiceError } from '../errors.ts'

const absolute = /^(https?):\/\/([^/?#]*)(.*)$/is

/**
 * The origin-form of a request target (RFC 9112 section 3.2): itself, or what follows the authority of an
 * absolute-form that names exactly the scheme and host that the request came for. Anything else is left as it is,
 * for the path's reader to refuse, save for a foreign authority: that is an error here.
 */
export function originForm(target: string, scheme: string, host: string): string | SluiceError {
  if (target.startsWith('/')) return target
  const [, named, authority = '', rest = ''] = absolute.exec(target) ?? []
  if (named === undefined) return target
  // Section 3.2.2 lets the target win over Host; where they differ somebody is being deceived, so neither wins.
  if (named.toLowerCase() !== scheme || bare(authority, scheme) !== bare(host, scheme)) {
    return new SluiceError('BAD_REQUEST', 'The target names another scheme or host than the request was sent to.')
  }
  return rest.startsWith('/') ? rest : `/${rest}`
}

function bare(authority: string, scheme: string): string {
  return authority.toLowerCase().replace(scheme === 'https' ? /:443$/ : /:80$/, '')
}
