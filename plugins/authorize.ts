import { Type, type Static } from 'typebox'
import { isRecord } from '../src/identity/claim.ts'
import { compileRequirement } from '../src/identity/requirement.ts'
import { challengesOf } from '../src/identity/index.ts'
import { definePolicy, type PolicyProblem, type RouteInfo } from '../src/policy.ts'

const settings = Type.Object(
  {
    scopes: Type.Array(Type.String({ minLength: 1 }), {
      description: 'Scopes that the identity must have, all of them.',
      default: [],
    }),
    claims: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
      description: 'Claims that must have exactly this value, by name or dotted path.',
      default: {},
    }),
  },
  {
    additionalProperties: false,
    description: 'What the identity must have to call the route. Where nothing is listed, being known is enough. Shadow needs a route whose auth is required.',
  },
)

type Settings = Static<typeof settings>

export const authorize = definePolicy({
  name: 'authorize',
  key: 'authorize',
  config: settings,
  check: checkSettings,
  apply(route, settings, gateway) {
    if (settings === undefined) return undefined
    const challenges = challengesOf(route.policies, gateway)
    const refuse = compileRequirement(settings, challenges.length === 0 ? undefined : challenges.join(', '))
    return { request: ({ identity }) => refuse(identity) }
  },
})

function checkSettings(chosen: Settings, { policies }: RouteInfo): PolicyProblem[] {
  const { auth } = policies
  if (!isRecord(auth)) return [{ pointer: '', message: 'the route has no auth, so nobody would be let in' }]
  // In shadow this lets pass, so something else has to keep out who isn't known.
  const shadow = 'mode' in chosen && chosen.mode === 'shadow'
  if (!shadow || auth['required'] !== false) return []
  return [{ pointer: '/mode', message: 'authorize can only be in shadow where auth is required' }]
}
