import { Type, type Static } from 'typebox'
import { Duration } from '../src/config/units.ts'
import type { HeaderMap } from '../src/headers.ts'
import { definePolicy } from '../src/policy.ts'

const settings = Type.Object(
  {
    hsts: Duration({
      description: 'How long browsers are to come by https alone (Strict-Transport-Security, RFC 6797); answers over http never say so. `0s` says nothing.',
      default: '180d',
    }),
    subdomains: Type.Boolean({ description: 'Whether that also holds for all names below the host.', default: false }),
    frames: Type.Enum(['none', 'same-origin', 'any'], {
      description: 'Which pages may show an answer in a frame.',
      default: 'none',
    }),
    referrer: Type.Enum(['no-referrer', 'same-origin', 'strict-origin', 'strict-origin-when-cross-origin'], {
      description: 'What a page is to tell others of the address it came from (Referrer-Policy).',
      default: 'no-referrer',
    }),
  },
  {
    additionalProperties: false,
    description: "Headers that make browsers careful. The defaults hold where nothing is said. X-Content-Type-Options: nosniff is always set. A service's own Referrer-Policy, X-Frame-Options and Strict-Transport-Security win, the last over https alone; an answer with a Content-Security-Policy of its own says itself who may frame it.",
  },
)

type Settings = Static<typeof settings>

/** What holds where a route says nothing; the schema's defaults say the same. */
const preset: Settings = { hsts: 180 * 86_400_000, subdomains: false, frames: 'none', referrer: 'no-referrer' }

const framing: Record<Settings['frames'], { csp: string; option: string } | undefined> = {
  none: { csp: "frame-ancestors 'none'", option: 'DENY' },
  'same-origin': { csp: "frame-ancestors 'self'", option: 'SAMEORIGIN' },
  any: undefined,
}

export const security = definePolicy({
  name: 'security',
  key: 'security',
  unmatched: true,
  shadow: false,
  config: settings,
  apply(_route, settings) {
    const { hsts, subdomains, frames, referrer } = settings ?? preset
    const seconds = Math.floor(hsts / 1000)
    const transport = seconds === 0 ? undefined : `max-age=${seconds}${subdomains ? '; includeSubDomains' : ''}`
    const frame = framing[frames]
    return {
      answer({ client }, { headers }) {
        headers['x-content-type-options'] = 'nosniff'
        headers['referrer-policy'] ??= referrer
        // A browser must not be told so in the clear (RFC 6797 section 7.2), whoever says it.
        const own = headers['strict-transport-security']
        const said = client.scheme === 'https' ? (own ?? transport) : undefined
        if (said !== own) headers['strict-transport-security'] = said
        if (frame !== undefined && !framesItself(headers)) {
          headers['content-security-policy'] = frame.csp
          headers['x-frame-options'] = frame.option
        }
      },
    }
  },
})

function framesItself(headers: HeaderMap): boolean {
  return headers['content-security-policy'] !== undefined || headers['x-frame-options'] !== undefined
}
