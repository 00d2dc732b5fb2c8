import {
  isAbstractType, isInterfaceType, isObjectType, Kind, type ConstDirectiveNode, type GraphQLAbstractType, type GraphQLInterfaceType,
  type GraphQLSchema, type ValueNode,
} from 'graphql'
import { suggest } from '../config/suggest.ts'
import { isKey } from './batch.ts'
import { DirectiveArguments } from './directives/directive.ts'
import { directivesByName } from './directives/index.ts'
import { map } from './directives/map.ts'
import { discriminatorOf } from './directives/type.ts'
import { serviceName, type RowNaming } from './naming.ts'
import type { Report } from './problem.ts'
import { valueAt } from './row.ts'

/** How the object type of an answer is told, where there could be several. */
export interface TypeRule {
  /** The path in the answer. */
  readonly from: Readonly<Record<RowNaming, readonly string[]>>
  /** The types by what stands there, as text; null where that is the type's own name. */
  readonly names: ReadonlyMap<string, string> | null
}

/** The rule of `@type`, or the answer's own `__typename`, for every interface and union. */
export function readTypeRules(schema: GraphQLSchema, report: Report): Map<string, TypeRule> {
  const rules = new Map<string, TypeRule>()
  for (const abstract of Object.values(schema.getTypeMap()).filter(isAbstractType)) {
    if (isInterfaceType(abstract)) refuseBindings(abstract, report)
    const args = discriminatorOf(abstract)
    rules.set(abstract.name, args === undefined ? ownName : readRule(args, abstract, schema, report))
  }
  return rules
}

const ownName: TypeRule = { from: everywhere(['__typename']), names: null }

function everywhere(path: readonly string[]): TypeRule['from'] {
  return { 'as-is': path, 'snake_case': path, 'declared': path }
}

/** The name of the type that an object of an answer has, whether there is one or not. */
export function typeNameOf(value: unknown, { from, names }: TypeRule, naming: RowNaming): string | undefined {
  const told = valueAt(value, from[naming])
  if (names === null) return typeof told === 'string' ? told : undefined
  return isKey(told) ? names.get(String(told)) : undefined
}

function readRule(args: DirectiveArguments, abstract: GraphQLAbstractType, schema: GraphQLSchema, report: Report): TypeRule {
  return {
    from: isInterfaceType(abstract) ? declaredPath(args, abstract, report) : answerPath(args, report),
    names: readNames(args.node('values'), abstract, schema, report),
  }
}

/** The members of a union share no field, so that it is a path in the answer. */
function answerPath(args: DirectiveArguments, report: Report): TypeRule['from'] {
  const path = args.text('field').split('.')
  if (path.includes('')) report(args.node('field'), 'a path in the answer is names with dots between, as in "address.city"')
  return everywhere(path)
}

/** An interface's field is read as it says itself: which type would say it otherwise isn't known yet. */
function declaredPath(args: DirectiveArguments, abstract: GraphQLInterfaceType, report: Report): TypeRule['from'] {
  const name = args.text('field')
  const fields = abstract.getFields()
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (field === undefined) report(args.node('field'), `${abstract.name} has no field "${name}"${suggest(name, Object.keys(fields))}`)
  const from = field?.astNode?.directives?.find((use) => use.name.value === map.name)?.arguments
  const path = from === undefined ? undefined : new DirectiveArguments(from).text('from').split('.')
  return { 'as-is': path ?? [name], 'snake_case': path ?? [serviceName(name, 'snake_case')], 'declared': [name] }
}

function readNames(
  values: ValueNode | undefined, abstract: GraphQLAbstractType, schema: GraphQLSchema, report: Report,
): TypeRule['names'] {
  if (values === undefined) return null
  const names = new Map<string, string>()
  for (const { text, type, node } of entriesOf(values, report)) {
    if (names.has(text)) report(node, `"${text}" stands for two types; keep one`)
    names.set(text, type)
    checkType(type, node, abstract, schema, report)
  }
  return names
}

interface NamedEntry {
  readonly text: string
  readonly type: string
  readonly node: ValueNode
}

/** `{ book: "Book" }`, or `[{ value: "e-book", type: "Book" }]` for values that are no names. */
function entriesOf(values: ValueNode, report: Report): NamedEntry[] {
  if (values.kind === Kind.OBJECT) {
    return values.fields.flatMap(({ name, value }) => value.kind === Kind.STRING ? [{ text: name.value, type: value.value, node: value }] : malformed(value, report))
  }
  if (values.kind !== Kind.LIST) return malformed(values, report)
  return values.values.flatMap((item) => {
    const part = (name: string) => item.kind === Kind.OBJECT ? item.fields.find((field) => field.name.value === name)?.value : undefined
    const [value, type] = [part('value'), part('type')]
    if (value === undefined || !('value' in value) || type?.kind !== Kind.STRING) return malformed(item, report)
    return [{ text: String(value.value), type: type.value, node: type }]
  })
}

function malformed(node: ValueNode, report: Report): [] {
  report(node, 'the values name their types, as in { book: "Book" } or [{ value: "e-book", type: "Book" }]')
  return []
}

function checkType(name: string, node: ValueNode, abstract: GraphQLAbstractType, schema: GraphQLSchema, report: Report): void {
  const possible = schema.getPossibleTypes(abstract).map((type) => type.name)
  if (possible.includes(name)) return
  const known = schema.getType(name)
  const near = suggest(name, possible)
  if (known === undefined) report(node, `there is no type "${name}"${near}`)
  else if (!isObjectType(known)) report(node, `${name} is no object type${near}`)
  else report(node, `${name} is no ${abstract.name}${near === '' ? `; ${remedyOf(abstract, name)}` : near}`)
}

function remedyOf(abstract: GraphQLAbstractType, name: string): string {
  return isInterfaceType(abstract) ? `let it implement ${abstract.name}` : `add ${name} to the union`
}

/** Bindings aren't inherited, so on a field of an interface they would do nothing, and guard nothing. */
function refuseBindings(abstract: GraphQLInterfaceType, report: Report): void {
  const told = discriminatorOf(abstract)?.text('field')
  for (const field of Object.values(abstract.getFields())) {
    for (const use of field.astNode?.directives ?? []) {
      if (binds(use) && !(use.name.value === map.name && field.name === told)) {
        report(use, `@${use.name.value} does nothing on an interface, whose bindings nobody inherits; write it on the types that implement ${abstract.name}`)
      }
    }
  }
}

function binds({ name }: ConstDirectiveNode): boolean {
  return name.value !== 'internal' && directivesByName.has(name.value)
}
