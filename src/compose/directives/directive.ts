import { Kind, type ConstArgumentNode, type GraphQLField, type GraphQLObjectType, type GraphQLSchema, type ValueNode } from 'graphql'
import type { Access, CacheHint, CallTemplate, ListBound, Literal, ServiceInfo } from '../binding.ts'
import type { Report } from '../problem.ts'

/** What a directive's arguments say, before names are looked up in other fields. */
export interface Parts {
  rest?: CallTemplate
  batch?: { arg: string, key: string, max: number }
  lookup?: { key: Literal }
  resolve?: { query: string, args: Readonly<Record<string, Literal>>, node: ValueNode }
  unbatched?: number
  list?: ListBound
  map?: readonly string[]
  internal?: true
  auth?: Access
  cache?: CacheHint
  cost?: number
}

/** Where a directive stands on a field, and what it can ask about it. */
export interface Site {
  readonly parent: GraphQLObjectType
  readonly field: GraphQLField<unknown, unknown>
  readonly report: Report
  /** What makes a field need a call, `@rest` for one, if anything does. */
  readonly callOf: (parent: GraphQLObjectType, field: GraphQLField<unknown, unknown>) => string | undefined
}

/** What is known of the whole while directives are bound. */
export interface SchemaView {
  readonly schema: GraphQLSchema
  readonly services: Readonly<Record<string, ServiceInfo>>
}

/** The arguments of one use of a directive, checked against its SDL by graphql-js. */
export class DirectiveArguments {
  readonly #nodes: ReadonlyMap<string, ValueNode>

  constructor(nodes: readonly ConstArgumentNode[]) {
    this.#nodes = new Map(nodes.map(({ name, value }) => [name.value, value]))
  }

  node(name: string): ValueNode | undefined {
    const node = this.#nodes.get(name)
    return node?.kind === Kind.NULL ? undefined : node
  }

  /** The text of a string argument; empty where it is missing. */
  text(name: string): string {
    const node = this.node(name)
    return node?.kind === Kind.STRING ? node.value : ''
  }

  integer(name: string): number | undefined {
    const node = this.node(name)
    return node?.kind === Kind.INT ? Number(node.value) : undefined
  }

  texts(name: string): string[] {
    const node = this.node(name)
    const nodes = node?.kind === Kind.LIST ? node.values : node === undefined ? [] : [node]
    return nodes.flatMap((item) => item.kind === Kind.STRING ? [item.value] : [])
  }
}

/** A directive that binds a field. `bind` reports what is wrong, and then returns nothing. */
export interface Directive {
  readonly name: string
  readonly sdl: string
  /** Whether the field's value comes from a call because of it. */
  readonly calls?: true
  bind(args: DirectiveArguments, site: Site, view: SchemaView): Parts | undefined
}
