import { SluiceError } from '../errors.ts'
import type { GatewayParts } from '../policy.ts'
import type { UpgradeResponse } from './upgrade-response.ts'

/** When a client that was refused may try again, in s. */
const retryAfter = '5'

/** Takes a place for a socket, which it has until it is closed; or says that there is none. */
export type TakePlace = (response: UpgradeResponse) => SluiceError | undefined

/** Counts the sockets of a route, handshakes under way among them; a reload goes on counting. */
export function compileRoom(route: string, max: number, { lease }: Pick<GatewayParts, 'lease'>): TakePlace {
  const taken = lease(`websockets:${route}`, null, () => ({ count: 0 }), () => undefined)
  return (response) => {
    if (taken.count >= max) {
      return new SluiceError('WEBSOCKETS_FULL', `The route has the ${max} WebSockets that it takes at a time.`, { headers: { 'retry-after': retryAfter } })
    }
    taken.count += 1
    response.once('close', () => (taken.count -= 1))
    return undefined
  }
}
