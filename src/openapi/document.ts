import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import { Components, type Json } from './json.ts'
import { Paths, type Described } from './paths.ts'
import { problemResponses } from './problems.ts'
import { describeRoute, type DescriptionInput } from './route.ts'
import { authOf, needsOf, securityOf, securityScheme } from './security.ts'

/** Routes described before the loop gets a turn. */
const slice = 50

/** Describes all routes in OpenAPI 3.1: what clients may call, what they need for it, and what they get. */
export async function describeRoutes(input: DescriptionInput): Promise<Json> {
  const { config } = input
  const { title = 'API', version = '1', description } = config.openapi ?? {}
  const components = new Components()
  const paths = new Paths()
  for (const [index, route] of Object.entries(config.routes).entries()) {
    if (index % slice === slice - 1) await nextTurn()
    for (const described of describeRoute(route, input, components)) paths.add(described)
  }
  if (config.graphql !== null) paths.add(describeGraphql(config.graphql, components))
  for (const name of providersIn(config)) {
    const settings = config.identity[name]
    if (settings !== undefined) components.add('securitySchemes', name, settings, () => securityScheme(settings))
  }
  return {
    openapi: '3.1.0',
    info: { title, version, ...description === undefined ? {} : { description } },
    servers: [{ url: '/' }],
    paths: paths.toJSON(),
    components: components.toJSON(),
  }
}

/** Providers whose credentials some route takes. */
function providersIn({ routes, graphql }: Config): Set<string> {
  const all = [...Object.values(routes), ...graphql === null ? [] : [graphql]]
  return new Set(all.flatMap(({ policies }) => authOf(policies).providers))
}

function describeGraphql({ path, policies }: NonNullable<Config['graphql']>, components: Components): Described {
  const needs = needsOf(policies)
  const request = {
    type: 'object',
    properties: {
      query: { type: 'string', description: 'The document.' },
      operationName: { type: ['string', 'null'] },
      variables: { type: ['object', 'null'] },
      documentId: { type: 'string', description: 'A document that need not be sent.' },
      extensions: { type: ['object', 'null'] },
    },
  }
  const answer = {
    type: 'object',
    properties: { data: { type: ['object', 'null'] }, errors: { type: 'array', items: { type: 'object' } }, extensions: { type: 'object' } },
  }
  return {
    path, method: 'POST', id: 'graphql', parameters: [], schemas: new Map(),
    operation: {
      summary: 'Executes a GraphQL operation.',
      requestBody: { required: true, content: { 'application/json': { schema: request } } },
      security: securityOf(policies, needs),
      responses: {
        200: { description: 'The result; errors of fields are in it.', content: { 'application/json': { schema: answer } } },
        ...problemResponses(policies, needs, [], components),
      },
    },
  }
}
