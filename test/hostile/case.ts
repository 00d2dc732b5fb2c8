/** One hostile byte sequence, and all that a service may see of it. */
export interface Case {
  name: string
  /** One character a byte; `/own` stands for the case's own path, and `/smuggled` for one that nobody may see. */
  bytes: string
  /** What the service sees: exactly one such request, or nothing. */
  sees: null | Sees
  /** Where the request is fit but what follows on the connection is not, it may be given up before it was sent. */
  orNothing?: true
  /** The client's side ends right behind the bytes, since the gateway rightly waits for more. */
  ends?: true
}

export interface Sees {
  method?: string
  /** With its query. */
  path?: string
  /** A path that the request's own is not, nor below it, however forgivingly it is read. */
  outside?: string
  body?: string
  /** Fields that must be there with these values. */
  fields?: Record<string, string>
  /** Fields that must not be there. */
  without?: readonly string[]
}

export type Cases = readonly Case[]

/** A request to its own path; `fields` are whole lines, each with its line end. */
export function request(method: string, fields: string, body = ''): string {
  return `${method} /own HTTP/1.1\r\nHost: a\r\n${fields}\r\n${body}`
}

/** What an attacker hopes that somebody takes for a request of its own. */
export const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'

export function refused(name: string, bytes: string): Case {
  return { name, bytes, sees: null }
}

/** Bytes that stop short. */
export function cutShort(name: string, bytes: string): Case {
  return { name, bytes, sees: null, ends: true }
}

export function passes(name: string, bytes: string, sees: Sees = {}): Case {
  return { name, bytes, sees }
}

/** A byte as a test's name shows it. */
export function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, '0')}`
}
