import type { Pair } from '../listener/certificate.ts'
import { createTls } from '../listener/tls.ts'
import { isRange } from '../address-range.ts'
import { checkAuthorities, checkPair } from './check-certificate.ts'
import type { CheckContext } from './check.ts'
import { join } from './pointer.ts'
import type { ListenerSettings, TlsSettings } from './schema.ts'

/** Checks that certificates can be used, and what else of listeners the schema can't see. */
export function checkListeners(context: CheckContext): void {
  for (const [name, listener] of Object.entries(context.config.listeners)) {
    const at = join('/listeners', name)
    if (listener.tls !== undefined) checkTls(context, join(at, 'tls'), listener.tls)
    checkSenders(context, `${at}/proxyProtocol/from`, listener)
  }
}

function checkTls(context: CheckContext, at: string, tls: TlsSettings): void {
  const pairs: [string, Pair][] = [[at, tls], ...tls.sni.map((pair, index): [string, Pair] => [`${at}/sni/${index}`, pair])]
  const sound = [...pairs].every(([at, pair]) => checkPair(context, at, pair))
  checkHosts(context, `${at}/sni`, tls)
  if (checkAuthorities(context, `${at}/clients/ca`, tls.clients?.ca) && sound) checkWhole(context, at, tls)
}

function checkHosts({ sound, report }: CheckContext, at: string, { sni }: TlsSettings): void {
  const seen = new Set<string>()
  sni.forEach(({ hosts }, index) => hosts.forEach((host, nth) => {
    const pointer = `${at}/${index}/hosts/${nth}`
    if (seen.has(host) && sound(pointer)) report(pointer, `"${host}" has a certificate further up`)
    seen.add(host)
  }))
}

/** OpenSSL has opinions of its own, such as on the size of keys. */
function checkWhole({ report }: CheckContext, at: string, tls: TlsSettings): void {
  try {
    createTls({ tls, handshakeMs: 1, opened: () => undefined, failed: () => undefined })
  } catch (thrown) {
    report(at, `OpenSSL refuses this: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
}

function checkSenders({ sound, shown, report }: CheckContext, at: string, { proxyProtocol }: ListenerSettings): void {
  proxyProtocol?.from.forEach((range, index) => {
    const pointer = `${at}/${index}`
    if (sound(pointer) && !isRange(range)) report(pointer, `${shown(pointer)} is not an address or a CIDR such as 10.0.0.0/8`)
  })
}
