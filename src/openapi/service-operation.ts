import { isObject, valueAt } from '../compose/row.ts'
import { Borrowed, type Covered } from './contract.ts'
import type { Components, Json } from './json.ts'

/** What a service's own description says of an operation, as far as it concerns clients of the gateway. */
export interface ServiceOperation {
  /** What the service calls it. */
  readonly id: string | undefined
  readonly about: Json
  readonly parameters: readonly Json[]
  /** Schemas of the path's parameters, by the route's names. */
  readonly path: ReadonlyMap<string, Json>
  readonly responses: Json
}

/** Reads one operation; `told` are headers, in lower case, that the gateway itself sets. Undefined where the service has none. */
export function serviceOperation(
  contract: Json, { contractPath, names }: Covered, method: string, { told, components }: { told: ReadonlySet<string>, components: Components },
): ServiceOperation | undefined {
  const item = valueAt(contract, ['paths', contractPath])
  const operation = valueAt(item, [method.toLowerCase()])
  if (!isObject(operation)) return undefined
  const borrowed = new Borrowed(contract, components)
  const listed = [...listAt(item, 'parameters'), ...listAt(operation, 'parameters')].map((each) => borrowed.resolve(each)).filter(isObject)
  // What the operation says of a parameter goes before what its path says.
  const parameters = [...new Map(listed.map((each) => [`${String(valueAt(each, ['in']))} ${String(valueAt(each, ['name']))}`, each])).values()]
  const kept = parameters.filter((each) => {
    const place = valueAt(each, ['in'])
    return place === 'query' || (place === 'header' && !told.has(String(valueAt(each, ['name'])).toLowerCase()))
  })
  const path = [...names].flatMap(([own, theirs]): [string, Json][] => {
    const found = parameters.find((each) => valueAt(each, ['in']) === 'path' && valueAt(each, ['name']) === theirs)
    return found === undefined ? [] : [[own, jsonOf(borrowed.take(valueAt(found, ['schema'])))]]
  })
  const body = borrowed.resolve(valueAt(operation, ['requestBody']))
  const id = valueAt(operation, ['operationId'])
  return {
    id: typeof id === 'string' ? id : undefined,
    about: { ...picked(operation, ['summary', 'description']), ...isObject(body) ? { requestBody: borrowed.take(picked(body, ['required', 'content'])) } : {} },
    parameters: kept.map((each) => jsonOf(borrowed.take(picked(each, ['name', 'in', 'description', 'required', 'style', 'explode', 'schema'])))),
    path: new Map(path),
    responses: responsesOf(operation, borrowed),
  }
}

/** Headers of answers are left out: they may name the service's own addresses. */
function responsesOf(operation: object, borrowed: Borrowed): Json {
  const responses = jsonOf(valueAt(operation, ['responses']))
  return Object.fromEntries(Object.entries(responses).map(([status, response]) => {
    const { description = '', ...content } = picked(jsonOf(borrowed.resolve(response)), ['description', 'content'])
    return [status, { description, ...jsonOf(borrowed.take(content)) }]
  }))
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const list = valueAt(value, [key])
  return Array.isArray(list) ? list : []
}

function picked(piece: object, keys: readonly string[]): Json {
  return Object.fromEntries(Object.entries(piece).filter(([key]) => keys.includes(key)))
}

function jsonOf(value: unknown): Json {
  return isObject(value) ? { ...value } : {}
}
