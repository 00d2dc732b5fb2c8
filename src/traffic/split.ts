import { hash } from 'node:crypto'
import type { SplitSettings } from '../config/schema.ts'
import type { CallContext, Dispatch } from '../services/service.ts'
import { compileTrait } from '../services/trait.ts'

/** The group that a client's calls go to; undefined for the targets without a group. */
export type GroupOf = (context: CallContext) => string | undefined

/**
 * Compiles a split: the first rule that fits decides, and for the rest each client has a place between 0 and 1 that
 * never changes, so that it keeps its group, and a share that grows moves nobody back.
 */
export function compileSplit({ rules, shares, by }: SplitSettings): GroupOf {
  const compiled = rules.map((rule) => ({ trait: compileTrait(rule.if), is: rule.is, group: rule.group }))
  const sticky = by === undefined ? undefined : compileTrait(by)
  const groups = Object.entries(shares)
  return (context) => {
    for (const { trait, is, group } of compiled) if (trait(context) === is) return group
    let left = placeOf(sticky?.(context) ?? context.client.address)
    for (const [group, share] of groups) {
      if (left < share) return group
      left -= share
    }
    return undefined
  }
}

/** Where a client stands between 0 and 1. */
function placeOf(key: string): number {
  return hash('sha256', key, 'buffer').readUInt32BE(0) / 2 ** 32
}

/** Sends each call to the group of targets that its client belongs to. */
export function withSplit(next: Dispatch, groupOf: GroupOf, count: (group: string) => void): Dispatch {
  return (call, context, sink) => {
    const group = groupOf(context)
    count(group ?? 'default')
    next(call, group === undefined ? context : { ...context, group }, sink)
  }
}
