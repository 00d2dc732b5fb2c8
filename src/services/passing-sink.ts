import type { Duplex } from 'node:stream'
import type { HeaderMap } from '../headers.ts'
import type { CallFailure, CallHead, Flow, Sink } from './service.ts'

/** A sink that hands everything on. A wrapper overrides what it cares for, and misses nothing that the contract gains. */
export class PassingSink implements Sink {
  readonly #next: Sink

  constructor(next: Sink) {
    this.#next = next
  }

  begin(): void {
    this.#next.begin?.()
  }

  sent(whole: boolean): void {
    this.#next.sent?.(whole)
  }

  interim(head: CallHead): void {
    this.#next.interim?.(head)
  }

  head(head: CallHead, flow: Flow): void {
    this.#next.head(head, flow)
  }

  data(chunk: Buffer): void {
    this.#next.data(chunk)
  }

  end(trailers?: HeaderMap): void {
    this.#next.end(trailers)
  }

  upgrade(head: CallHead, socket: Duplex): void {
    this.#next.upgrade?.(head, socket)
  }

  fail(failure: CallFailure): void {
    this.#next.fail(failure)
  }
}
