import {
  buildASTSchema, GraphQLSchema, isInterfaceType, isObjectType, Kind, validateSchema, visit, type ConstDirectiveNode, type DocumentNode,
} from 'graphql'
import { directivesByName } from './directives/index.ts'
import { problemOf, type Problem } from './problem.ts'
import { attachScalars } from './scalars.ts'

interface Directed {
  readonly directives?: readonly ConstDirectiveNode[]
}

/** What clients see: the definitions without internal fields and arguments, and without bindings. */
export function buildClientSchema(document: DocumentNode, problems: Problem[]): GraphQLSchema | undefined {
  const drop = (node: Directed) => node.directives?.some(({ name }) => name.value === 'internal') === true ? null : undefined
  const visible = visit(document, { [Kind.FIELD_DEFINITION]: drop, [Kind.INPUT_VALUE_DEFINITION]: drop })
  const bare = visit(visible, {
    [Kind.DIRECTIVE]: (node) => directivesByName.has(node.name.value) ? null : undefined,
  })
  const schema = dropUnreachable(buildASTSchema(bare, { assumeValidSDL: true }))
  attachScalars(schema)
  const unsound = validateSchema(schema)
  problems.push(...unsound.map((error) => {
    const problem = problemOf(error)
    return { ...problem, message: `${problem.message} for clients, once what is @internal is left out` }
  }))
  return unsound.length > 0 ? undefined : schema
}

/** Leaves out types that no field gives or takes any more; implementations of interfaces stay. */
function dropUnreachable(schema: GraphQLSchema): GraphQLSchema {
  const config = schema.toConfig()
  const types = config.types.filter((type) => isObjectType(type) && type.getInterfaces().some(isInterfaceType))
  return new GraphQLSchema({ ...config, types })
}
