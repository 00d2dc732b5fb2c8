import type { Draft } from '../bind.ts'
import { parseTemplate } from '../expression.ts'
import type { Contract } from './document.ts'
import { findOperation } from './operation.ts'
import { unknownParameter } from './query.ts'

/** Leaves field selection to calls whose contract has its parameter: others would be refused, or answered in whole. */
export function linkSelections(drafts: readonly Draft[], contracts: ReadonlyMap<string, Contract>): void {
  for (const draft of drafts) {
    if (draft.source.kind !== 'call') continue
    const { call } = draft.source
    const contract = contracts.get(call.service)
    if (call.select === undefined || contract === undefined) continue
    const operation = findOperation(contract, call.method, parseTemplate(call.text))
    if (typeof operation !== 'object' || unknownParameter(call.select.parameter, operation, contract) === undefined) continue
    draft.source = { kind: 'call', call: { ...call, select: undefined } }
  }
}
