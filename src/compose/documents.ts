import { hash } from 'node:crypto'
import type { GraphqlSettings } from '../config/config.ts'
import { SluiceError } from '../errors.ts'
import { WeightedMap } from '../state/weighted-map.ts'
import type { GraphqlParameters } from './http-request.ts'
import { valueAt } from './row.ts'
import type { TrustedDocuments } from './trusted.ts'

/** Bytes of documents that clients may have kept. */
const mostKept = 16 * 1024 * 1024

/** What a request asks, with its document's text as `query`. */
export interface FoundDocument {
  readonly parameters: GraphqlParameters
  /** Keeps the document for its hash; to be called once it is known to be valid. */
  readonly keep?: () => void
}

export type FindDocument = (parameters: GraphqlParameters) => FoundDocument | SluiceError

/** Compiles what finds the document that a request means: by its text, its id in the manifest, or its hash. */
export function compileDocuments(
  settings: GraphqlSettings['documents'], trusted: TrustedDocuments | undefined,
): FindDocument {
  const { only = false, apq = false } = settings ?? {}
  const kept = new WeightedMap<string>(mostKept)

  const textOf = (id: string) => trusted?.textById.get(id) ?? trusted?.textById.get(id.replace(/^sha256:/, ''))

  /** Automatic persisted queries, as Apollo's protocol has them. */
  function findKept(digest: string, text: string | undefined): { text: string, keep?: () => void } | SluiceError {
    const known = text ?? kept.get(digest, 0)
    if (known === undefined) return new SluiceError('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound')
    if (text === undefined) return { text: known }
    if (hash('sha256', text) !== digest) return new SluiceError('BAD_REQUEST', 'The sha256Hash is not that of the query.')
    return { text, keep: () => kept.set(digest, text, Buffer.byteLength(text), Infinity) }
  }

  function find(asked: Asked): { text: string, keep?: () => void } | SluiceError {
    const { id, text, digest } = asked
    const known = id === undefined ? undefined : textOf(id)
    if (known !== undefined) {
      return (text ?? known) === known ? { text: known } : new SluiceError('BAD_REQUEST', 'The query is not the document of that id.')
    }
    if (digest !== undefined && apq) return findKept(digest, text)
    if (text !== undefined) return !only || trusted?.documentByText.has(text) === true ? { text } : untrusted('This document')
    if (id === undefined) return new SluiceError('BAD_REQUEST', 'The parameter "query" is missing, or is no text.')
    if (digest === undefined || only) return untrusted('The document of this id')
    return new SluiceError('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported')
  }

  return (parameters) => {
    const asked = readAsked(parameters)
    const found = asked instanceof SluiceError ? asked : find(asked)
    if (found instanceof SluiceError) return found
    const { text, ...rest } = found
    return { parameters: { ...parameters, documentId: undefined, query: text }, ...rest }
  }
}

/** How a request names its document. */
interface Asked {
  readonly text: string | undefined
  readonly id: string | undefined
  /** The id, where it is given as Apollo's hash. */
  readonly digest: string | undefined
}

function readAsked({ query, documentId, extensions }: GraphqlParameters): Asked | SluiceError {
  const persisted = valueAt(extensions, ['persistedQuery'])
  const [version, digest] = [valueAt(persisted, ['version']), valueAt(persisted, ['sha256Hash'])]
  if (persisted !== null && (version !== 1 || typeof digest !== 'string')) {
    return new SluiceError('BAD_REQUEST', 'A persistedQuery has the version 1 and a sha256Hash.')
  }
  const id = documentId ?? digest ?? undefined
  if (id !== undefined && typeof id !== 'string') return new SluiceError('BAD_REQUEST', 'The parameter "documentId" is no text.')
  const text = query ?? undefined
  if (text !== undefined && typeof text !== 'string') return new SluiceError('BAD_REQUEST', 'The parameter "query" is no text.')
  return { text, id, digest: typeof digest === 'string' && typeof documentId !== 'string' ? digest : undefined }
}

function untrusted(what: string): SluiceError {
  return new SluiceError('DOCUMENT_NOT_TRUSTED', `${what} is not in the manifest of documents that this gateway trusts.`)
}
