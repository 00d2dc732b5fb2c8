import { createMemoryState } from './memory.ts'
import { RedisState, type RedisDependencies } from './redis.ts'
import type { State } from './state.ts'

/** Makes the state that the config's `state` asks for: `memory`, or the address of a Redis. Never waits or throws. */
export function createState(url: string, dependencies: RedisDependencies): State {
  if (url !== 'memory') return new RedisState(url, dependencies)
  dependencies.metrics.stateFallback.set({}, 0)
  return createMemoryState(dependencies)
}
