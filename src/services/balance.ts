import type { Target } from './http.ts'
import type { Dispatch } from './service.ts'

/** Sends calls to the targets in turn. */
export function roundRobin(targets: readonly Target[]): Dispatch {
  let turn = 0
  return (call, context, sink) => {
    const target = targets[turn % targets.length]
    turn = (turn + 1) % targets.length
    target?.dispatch(call, context, sink)
  }
}
