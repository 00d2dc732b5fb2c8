import { Readable } from 'node:stream'
import { Pool } from 'undici'
import { Connection } from './connection.ts'
import { pinned } from './pinned-address.ts'
import type { Call, Sink, Transport } from './service.ts'
import { Transfer } from './transfer.ts'

/** Tells a service how long its answer is waited for, in ms from now. */
export const deadlineField = 'x-request-deadline'

export interface HttpTargetSettings {
  url: string
  /** Where the URL's host was found, instead of looking it up for each connection. */
  address?: string
  /** Most connections at a time. */
  connections: number
  /** To open a connection, in ms. */
  connectMs: number
  /** Whether HTTP/2 is offered to the target. */
  http2?: boolean
  tls?: TargetTls
}

/** How a target is known over TLS, and Sluice to it. */
export interface TargetTls {
  /** PEM of the authorities that vouch for the target; the system's where it is left out. */
  ca?: string
  /** PEM of the certificate that is shown to the target, and of its key. */
  cert?: string
  key?: string
  /** The name that the target's certificate must have; that of the URL where it is left out. */
  serverName?: string
}

/** One address of a service: a pool of connections and the way to send a call over them. */
export interface Target {
  readonly url: string
  readonly send: Transport
  close(): Promise<void>
}

/** Opens a target over HTTP/1.1. Deadlines are the caller's: the transport waits until it is told to stop. */
export function openHttpTarget({ url, address, connections, connectMs, tls = {} }: HttpTargetSettings): Target {
  const { origin, pathname } = new URL(url)
  const base = pathname.replace(/\/$/, '')
  const pool = new Pool(origin, {
    connections,
    connect: { timeout: connectMs, ...pinned(address), ...connectTls(tls) },
    // undici would offer HTTP/2, in which one connection's end fails many calls.
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    factory: (origin, options) => new Connection(origin, options),
  })
  return {
    url,
    send: (call, sink) => send(pool, base, call, sink),
    close: () => pool.destroy(),
  }
}

function connectTls({ serverName, ...pems }: TargetTls): { servername?: string; ca?: string; cert?: string; key?: string } {
  return { ...pems, ...(serverName === undefined ? {} : { servername: serverName }) }
}

function send(pool: Pool, base: string, call: Call, sink: Sink): Transfer {
  const transfer = new Transfer(sink, call.body instanceof Readable)
  try {
    pool.dispatch(
      { path: base + call.path, method: call.method, headers: sentHeaders(call), body: call.body, upgrade: call.upgrade ?? null },
      transfer,
    )
  } catch (thrown) {
    transfer.fail(thrown)
  }
  return transfer
}

/** What is sent of a call's fields, names and values in turn: those with a value, and the time that the service has, in whole ms. */
function sentHeaders({ headers, within }: Call): string[] {
  const sent: string[] = []
  for (const name in headers) {
    const value = headers[name]
    if (typeof value === 'string') sent.push(name, value)
    else for (const each of value ?? []) sent.push(name, each)
  }
  if (within !== undefined) sent.push(deadlineField, String(Math.floor(within)))
  return sent
}
