import { Type, type Static } from 'typebox'
import { editProblems, reservedInAnswers, reservedInRequests } from '../src/config/check-headers.ts'
import { parametersIn } from '../src/config/check-template.ts'
import type { Config } from '../src/config/config.ts'
import { headerMap, headerNames, strict } from '../src/config/schema-parts.ts'
import { compileEdits, compileRemoval, type ApplyEdits } from '../src/header-edits.ts'
import { Kept } from '../src/kept.ts'
import { definePolicy, type PolicyProblem, type PolicySteps, type RouteInfo } from '../src/policy.ts'

const edits = (description: string) => Type.Object(
  {
    set: { ...headerMap('Fields that get this value alone. One whose expression has no value is taken out.'), default: {} },
    add: { ...headerMap('Fields that get this value beside those they have. One whose expression has no value is left as it is.'), default: {} },
    remove: headerNames('Fields that are taken out, first of all.'),
  },
  { ...strict, description },
)

const settings = Type.Object(
  {
    request: Type.Optional(edits('What the service is sent. On routes without a service and in GraphQL it changes nothing.')),
    answer: Type.Optional(edits("What the client gets from the route's end; refusals of earlier policies stay as they are. Fields that are removed or set are taken out of trailers too.")),
  },
  {
    ...strict,
    description: "Changes header fields on the way. Values are templates: {x} is a parameter of match.path, {identity.subject} and {identity.claims.x} come from the identity; a value with control characters is refused with 400 before any call. What frames a message, belongs to a connection or is set by Sluice itself can't be changed.",
  },
)

type Settings = Static<typeof settings>

export const headers = definePolicy({
  name: 'headers',
  key: 'headers',
  shadow: false,
  config: settings,
  check: checkSettings,
  apply(route, settings): PolicySteps | undefined {
    if (settings === undefined) return undefined
    const request = route.kind === 'rest' && settings.request !== undefined ? compileEdits(settings.request) : undefined
    const answer = settings.answer === undefined ? undefined : compileEdits(settings.answer)
    const removal = settings.answer === undefined ? undefined : compileRemoval(settings.answer)
    const pending = new Kept<ApplyEdits>()
    return {
      request(exchange) {
        const scope = { arguments: exchange.parameters, identity: exchange.identity }
        // Values of the answer are read now too: what can't be sent is refused before the call takes effect.
        if (answer !== undefined) pending.set(exchange, answer(scope))
        request?.(scope)(exchange.outgoing)
      },
      ...(answer === undefined ? {} : { answer: (exchange, head) => pending.get(exchange)?.(head.headers) }),
      ...(removal === undefined ? {} : { trailers: (_exchange, trailers) => removal(trailers) }),
    }
  },
})

function checkSettings({ request, answer }: Settings, { name, kind }: RouteInfo, config: Config): PolicyProblem[] {
  const parameters = parametersIn(kind === 'rest' ? config.routes[name]?.match.path : undefined)
  const sent = request === undefined ? [] : editProblems(request, { reserved: reservedInRequests(config, name), parameters })
  const given = answer === undefined ? [] : editProblems(answer, { reserved: reservedInAnswers, parameters })
  return [...below('/request', sent), ...below('/answer', given)]
}

function below(at: string, problems: readonly PolicyProblem[]): PolicyProblem[] {
  return problems.map(({ pointer, message }) => ({ pointer: `${at}${pointer}`, message }))
}
