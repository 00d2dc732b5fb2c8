import { Source } from 'graphql'
import type { FieldSelection } from '../../../src/compose/binding.ts'
import { readContract } from '../../../src/compose/contract/document.ts'
import { bindSources, type LoadedSchema } from '../../../src/compose/load.ts'
import { formatProblem } from '../../../src/config/problem.ts'

export interface Held {
  /** The OpenAPI document of the service "shop", as YAML or as data. */
  contract: string | object
  naming?: 'as-is' | 'snake_case'
  select?: FieldSelection
}

/** Binds a schema to the service "shop", which has a contract, and to "other", which has none. */
export function hold(sdl: string, { contract, naming = 'as-is', select }: Held): LoadedSchema {
  const { root, problems } = readContract(typeof contract === 'string' ? contract : JSON.stringify(contract), 'shop.yaml')
  if (root === null) return { problems: [...problems] }
  const contracts = new Map([['shop', { service: 'shop', root }]])
  return bindSources([new Source(sdl, 'a.graphql')], { services: { shop: { naming, select }, other: { naming } }, contracts })
}

/** What is wrong with a schema by the contract, as lines. */
export function problemsOf(sdl: string, held: Held): string[] {
  const loaded = hold(sdl, held)
  return 'bound' in loaded ? [] : loaded.problems.map(formatProblem)
}

/** A contract with one operation that answers this schema. */
export function answering(schema: object, { path = '/x', method = 'get', more = {}, components = {}, version = '3.1.0' } = {}): object {
  const operation = { responses: { 200: { description: 'ok', content: { 'application/json': { schema } } } }, ...more }
  return { openapi: version, info: { title: 'shop', version: '1' }, paths: { [path]: { [method]: operation } }, components: { schemas: components } }
}
