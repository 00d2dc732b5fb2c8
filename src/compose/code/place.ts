import { isObjectType, type GraphQLSchema } from 'graphql'
import { suggest } from '../../config/suggest.ts'
import { coordinateOf } from '../binding.ts'
import type { Site } from '../directives/directive.ts'
import { writePlace, type Problem } from '../problem.ts'
import type { CodeResolver } from './resolver.ts'

/** Resolvers by `Type.field`; reports those of types and fields that there aren't, and second ones. */
export function placeResolvers(
  resolvers: readonly CodeResolver[], schema: GraphQLSchema, problems: Problem[],
): Map<string, CodeResolver> {
  const placed = new Map<string, CodeResolver>()
  for (const resolver of resolvers) {
    const coordinate = coordinateOf({ parent: resolver.type, name: resolver.field })
    const other = placed.get(coordinate)
    const problem = other === undefined ? misplaced(resolver, schema) : `${coordinate} has another resolver at ${writePlace(other.place)}; keep one`
    if (problem === undefined) placed.set(coordinate, resolver)
    else problems.push({ ...resolver.place, message: problem })
  }
  return placed
}

function misplaced({ type, field }: CodeResolver, schema: GraphQLSchema): string | undefined {
  const found = schema.getType(type)
  if (!isObjectType(found) || type.startsWith('__')) {
    const names = Object.values(schema.getTypeMap()).filter(isObjectType).map(({ name }) => name).filter((name) => !name.startsWith('__'))
    return found === undefined ? `there is no type "${type}"${suggest(type, names)}` : `${type} is no object type, and only those have resolvers`
  }
  const fields = found.getFields()
  return Object.hasOwn(fields, field) ? undefined : `${type} has no field "${field}"${suggest(field, Object.keys(fields))}`
}

/** What says where a value comes from, or how it is read there. */
const bindings = ['rest', 'lookup', 'resolve', 'batch', 'map']

/** Reports directives that bind a field which has a resolver in code. */
export function refuseBoth({ parent, field, report }: Site, { place }: CodeResolver): void {
  for (const use of field.astNode?.directives ?? []) {
    if (!bindings.includes(use.name.value)) continue
    report(use, `${parent.name}.${field.name} has @${use.name.value}, and a resolver at ${writePlace(place)}; keep one`)
  }
}
