import { Kind, type DocumentNode, type OperationDefinitionNode } from 'graphql'
import { suggest } from '../../config/suggest.ts'
import type { TrustedDocuments } from '../trusted.ts'

/** An operation of the manifest. */
export interface TrustedOperation {
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
}

/** The operation of that name, or in the document of that id; a clause about why there is none. */
export function findOperation(word: string, { textById, documentByText }: TrustedDocuments): TrustedOperation | string {
  const text = textById.get(word)
  const document = text === undefined ? undefined : documentByText.get(text)
  if (document !== undefined) {
    const [first, second] = operationsOf(document)
    if (first !== undefined && second === undefined) return first
    return `the document "${word}" has several operations; name the one that is meant`
  }
  const all = [...documentByText.values()].flatMap(operationsOf)
  const [first, second] = all.filter(({ operation }) => operation.name?.value === word)
  if (second !== undefined) return `several operations of the manifest have the name "${word}"; give the id of a document`
  if (first !== undefined) return first
  const known = [...all.flatMap(({ operation }) => operation.name?.value ?? []), ...textById.keys()]
  return `the manifest has no operation "${word}"${suggest(word, known)}`
}

function operationsOf(document: DocumentNode): TrustedOperation[] {
  return document.definitions.flatMap((each) => each.kind === Kind.OPERATION_DEFINITION ? [{ document, operation: each }] : [])
}
