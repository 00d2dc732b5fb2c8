import { Type, type Static } from 'typebox'
import { definePolicy, type PolicyProblem } from '../src/policy.ts'

const settings = Type.Object(
  {
    secure: Type.Boolean({ description: 'Whether cookies are for https alone.', default: true }),
    httpOnly: Type.Boolean({ description: 'Whether scripts are kept from reading cookies.', default: true }),
    sameSite: Type.Enum(['strict', 'lax', 'none'], {
      description: 'The least strict SameSite that cookies may have: a stricter one of their own stays. With `none` cookies keep what they say.',
      default: 'lax',
    }),
    except: Type.Array(Type.String({ minLength: 1 }), {
      description: 'Cookies that pass as the service sets them, by name; for instance one that scripts have to read.',
      default: [],
    }),
  },
  {
    additionalProperties: false,
    description: "Flags that every cookie gets which a service sets (Set-Cookie, RFC 6265bis). A browser doesn't keep a Secure cookie that it is given over http, but from localhost.",
  },
)

type Settings = Static<typeof settings>
type SameSite = Settings['sameSite']

const strictness: Record<SameSite, number> = { none: 0, lax: 1, strict: 2 }
const written: Record<SameSite, string> = { none: 'None', lax: 'Lax', strict: 'Strict' }

export const cookies = definePolicy({
  name: 'cookies',
  key: 'cookies',
  shadow: false,
  config: settings,
  check: checkSettings,
  apply(_route, settings) {
    if (settings === undefined) return undefined
    const except = new Set(settings.except)
    return {
      answer(_exchange, { headers }) {
        const set = headers['set-cookie']
        if (set !== undefined) headers['set-cookie'] = [set].flat().map((cookie) => enforce(cookie, settings, except))
      },
    }
  },
})

function checkSettings({ except }: Settings): PolicyProblem[] {
  return except.flatMap((name, index) => {
    if (/^[^\s=;,]+$/.test(name)) return []
    return [{ pointer: `/except/${index}`, message: `"${name}" can't be the name of a cookie` }]
  })
}

/** Reads a cookie as browsers do (RFC 6265 section 5.2): parts end at any `;`, and of attributes the last one counts. */
function enforce(cookie: string, { secure, httpOnly, sameSite }: Settings, except: ReadonlySet<string>): string {
  const [pair = '', ...attributes] = cookie.split(';').map((part) => part.trim())
  if (except.has(pair.split('=', 1)[0]?.trim() ?? '')) return cookie
  const own = attributes.map((attribute) => attribute.split('=', 1)[0]?.trim().toLowerCase() ?? '')
  const kept = attributes.filter((_, index) => own[index] !== 'samesite')
  const site = strictest(sameSite, attributes.filter((_, index) => own[index] === 'samesite').at(-1))
  return [
    pair,
    ...kept,
    ...(secure && !own.includes('secure') ? ['Secure'] : []),
    ...(httpOnly && !own.includes('httponly') ? ['HttpOnly'] : []),
    ...(site === undefined ? [] : [`SameSite=${written[site]}`]),
  ].join('; ')
}

/** The stricter of what is asked for and what the cookie says, if either says something. */
function strictest(least: SameSite, attribute: string | undefined): SameSite | undefined {
  const text = attribute?.slice(attribute.indexOf('=') + 1).trim().toLowerCase()
  const own = text === 'strict' || text === 'lax' || text === 'none' ? text : undefined
  if (own === undefined) return least === 'none' ? undefined : least
  return strictness[own] > strictness[least] ? own : least
}
