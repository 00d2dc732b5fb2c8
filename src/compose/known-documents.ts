import type { DocumentNode } from 'graphql'
import { WeightedMap } from '../state/weighted-map.ts'

/** Bytes of parsed documents that clients may have kept. */
const mostKept = 64 * 1024 * 1024

/**
 * What graphql-js holds for one token, in bytes: a short name that is a field of its own takes some 500 with its
 * nodes and locations, most others take half of that.
 */
const tokenBytes = 512

/** Documents that are valid and within the limits, by their text: those of the manifest, and the latest used others. */
export class KnownDocuments {
  readonly #trusted: ReadonlyMap<string, DocumentNode> | undefined
  readonly #kept = new WeightedMap<DocumentNode>(mostKept)

  constructor(trusted?: ReadonlyMap<string, DocumentNode>) {
    this.#trusted = trusted
  }

  /** Bytes in use, without the manifest's. */
  get weight(): number {
    return this.#kept.weight
  }

  find(text: string): DocumentNode | undefined {
    return this.#trusted?.get(text) ?? this.#kept.get(text, 0)
  }

  /** Whether the next request with its text finds this very document. */
  has(document: DocumentNode): boolean {
    return document.loc !== undefined && this.find(document.loc.source.body) === document
  }

  /** Keeps a document that is valid and within the limits. */
  keep(document: DocumentNode): void {
    const text = document.loc?.source.body
    if (text !== undefined && this.find(text) === undefined) this.#kept.set(text, document, documentBytes(document), Infinity)
  }
}

/** Roughly what a parsed document takes with its text, in bytes. A token has at least one character. */
export function documentBytes({ loc, tokenCount }: DocumentNode): number {
  const length = loc?.source.body.length ?? 0
  return tokenBytes * (tokenCount ?? length) + 2 * length
}
