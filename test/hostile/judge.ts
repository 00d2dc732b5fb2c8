import type { Case, Sees } from './case.ts'
import type { Recorded, Recorder } from './recorder.ts'
import { isClosing, send, senderOf, statusesOf, withoutSender, type Sending } from './send.ts'
import { isWithin } from './understood.ts'

/** What inputs are sent to, and the service behind it. */
export interface Front {
  url: string
  recorder: Recorder
  sending?: Sending
  /** Resolves when nothing that was sent can still be on its way to the service. */
  settle?: () => Promise<unknown>
}

/** One case, and what became of it. */
export interface Outcome {
  entry: Case
  /** All that the client got. */
  answer: string
  seen: Recorded[]
  /** What reached the service and is no request to a strict reader. */
  malformed: string[]
}

/**
 * Sends cases one after the other, so that what reaches the service meanwhile is that case's; what comes late says by
 * its path whose it is.
 */
export async function tryCases(front: Front, cases: readonly Case[]): Promise<Outcome[]> {
  const { url, recorder, sending = {}, settle } = front
  const outcomes = cases.map((entry): Outcome => ({ entry, answer: '', seen: [], malformed: [] }))
  const collect = (current: Outcome) => {
    const senderOr = (text: string) => outcomes[senderOf(text) ?? -1] ?? current
    for (const request of recorder.requests.splice(0)) {
      if (!isClosing(request.path)) senderOr(request.path).seen.push(request)
    }
    for (const bytes of recorder.malformed.splice(0)) senderOr(bytes).malformed.push(bytes)
  }
  for (const [index, outcome] of outcomes.entries()) {
    outcome.answer = await send(url, outcome.entry, index, sending)
    collect(outcome)
  }
  await settle?.()
  const last = outcomes.at(-1)
  if (last !== undefined) collect(last)
  return outcomes
}

/** Why what the service saw is not what the case allows; undefined where it is. */
export function wrong({ entry: { sees, orNothing }, answer, seen, malformed }: Outcome): string | undefined {
  const status = statusesOf(answer)[0]
  const [first] = seen
  if (malformed[0] !== undefined) return `passed malformed: ${malformed[0]}`
  if (seen.length > 1) return `passed ${seen.length} times`
  if (first === undefined) {
    if (sees !== null && !orNothing) return `did not pass: ${answer.slice(0, 40)}`
    return status === undefined || refusals.test(String(status)) ? undefined : `answered ${status}`
  }
  if (sees === null) return `passed: ${JSON.stringify(first)}`
  return differs(sees, first) ?? (status === 200 || orNothing ? undefined : `answered ${answer.slice(0, 40)}`)
}

/** The client's fault, or what the gateway doesn't speak. */
const refusals = /^(4..|501|505)$/

/** How a request that arrived is not the one that was meant; undefined where it is. */
function differs({ method, path, outside, body, fields = {}, without = [] }: Sees, seen: Recorded): string | undefined {
  if (method !== undefined && seen.method !== method) return `method ${seen.method}`
  if (path !== undefined && seen.path !== path) return `path ${seen.path}`
  if (outside !== undefined && isWithin(seen.path, outside)) return `path ${seen.path}`
  if (body !== undefined && withoutSender(seen.body) !== body) return `body ${JSON.stringify(seen.body)}`
  const has = (name: string) => seen.fields.filter(([key]) => key === name).map(([, value]) => value)
  const changed = Object.entries(fields).find(([name, value]) => has(name).join('|') !== value)
  if (changed !== undefined) return `${changed[0]} is ${JSON.stringify(has(changed[0]))}`
  const left = without.find((name) => has(name).length > 0)
  return left === undefined ? undefined : `${left} passed`
}

export type Fate = 'refused' | 'well-formed' | 'odd'

/** What left a proxy for one case, whether or not it should have, and what is odd about it. */
export interface Verdict {
  fate: Fate
  why: string
}

/** A field that another proxy adds or keeps is its policy, and no matter here. */
export function verdictOf({ entry: { sees }, seen, malformed: [malformed] }: Outcome): Verdict {
  if (malformed !== undefined) return { fate: 'odd', why: malformed.slice(0, malformed.indexOf(': ')) }
  const [first] = seen
  if (first === undefined) return { fate: 'refused', why: '' }
  if (seen.length > 1) return { fate: 'odd', why: `${seen.length} requests of one` }
  const changed = sees === null ? undefined : differs({ ...sees, fields: {}, without: [] }, first)
  if (changed === undefined) return { fate: 'well-formed', why: '' }
  return { fate: 'odd', why: `another ${changed.split(' ', 1)[0] ?? ''}` }
}
