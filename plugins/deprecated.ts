import { Type, type Static } from 'typebox'
import type { HeaderMap } from '../src/headers.ts'
import { definePolicy, type PolicyProblem } from '../src/policy.ts'

const day = (description: string) => Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}:\\d{2}Z)?$',
  expects: 'a date such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z',
  description,
})

const link = (description: string) => Type.String({
  pattern: '^(https?://|/)[\\x21\\x23-\\x3b\\x3d\\x3f-\\x5b\\x5d\\x5f\\x61-\\x7a\\x7e]*$',
  expects: 'an address that starts with https:// or "/", without spaces',
  description,
})

const settings = Type.Object(
  {
    since: day('When the route was deprecated, or will be (Deprecation, RFC 9745). A date begins at midnight UTC.'),
    sunset: Type.Optional(day('When it is to stop working (Sunset, RFC 8594). Nothing stops by itself.')),
    link: Type.Optional(link('Page that tells people what to do; a Link with rel="deprecation".')),
    successor: Type.Optional(link('What takes its place; a Link with rel="successor-version" (RFC 5829).')),
  },
  {
    additionalProperties: false,
    description: 'Tells clients, in headers of every answer, that the route is on its way out.',
  },
)

type Settings = Static<typeof settings>

export const deprecated = definePolicy({
  name: 'deprecated',
  key: 'deprecated',
  shadow: false,
  config: settings,
  check: checkSettings,
  apply(_route, settings) {
    if (settings === undefined) return undefined
    const { since, sunset } = settings
    const deprecation = `@${Math.floor((timeOf(since) ?? 0) / 1000)}`
    const end = sunset === undefined ? undefined : new Date(timeOf(sunset) ?? 0).toUTCString()
    const links = linksOf(settings)
    return {
      answer(_exchange, { headers }) {
        headers['deprecation'] = deprecation
        if (end !== undefined) headers['sunset'] = end
        if (links.length > 0) addLinks(headers, links)
      },
    }
  },
})

function checkSettings({ since, sunset }: Settings): PolicyProblem[] {
  const times = Object.entries({ since, ...(sunset === undefined ? {} : { sunset }) })
  const wrong = times.filter(([, text]) => timeOf(text) === undefined)
  if (wrong.length > 0) return wrong.map(([key, text]) => ({ pointer: `/${key}`, message: `"${text}" is no day of the calendar` }))
  // RFC 9745 section 4.
  if ((timeOf(sunset ?? since) ?? 0) >= (timeOf(since) ?? 0)) return []
  return [{ pointer: '/sunset', message: 'the sunset is before the deprecation' }]
}

/** Clock time, in ms; undefined for what the calendar doesn't have, such as 30 February. */
function timeOf(text: string): number | undefined {
  const time = Date.parse(text)
  return Number.isNaN(time) || !new Date(time).toISOString().startsWith(text.replace('Z', '')) ? undefined : time
}

function linksOf({ link, successor }: Settings): string[] {
  return [
    ...(link === undefined ? [] : [`<${link}>; rel="deprecation"; type="text/html"`]),
    ...(successor === undefined ? [] : [`<${successor}>; rel="successor-version"`]),
  ]
}

function addLinks(headers: HeaderMap, links: readonly string[]): void {
  headers['link'] = [headers['link'] ?? [], links].flat(2)
}
