import type { HttpTargetSettings, Target } from './http.ts'
import { Http2Sessions, otherProtocol } from './http2-sessions.ts'
import { Http2Transfer } from './http2-transfer.ts'

/**
 * Opens a target that is spoken to over HTTP/2 where it chooses that by ALPN, and over HTTP/1.1 otherwise. It is
 * Node's own HTTP/2 and not undici's, to which an answer that the service resets looks whole.
 */
export function openHttp2Target(settings: HttpTargetSettings, http1: Target): Target {
  const { address, connections, connectMs, tls = {} } = settings
  const origin = new URL(settings.url)
  const base = origin.pathname.replace(/\/$/, '')
  const sessions = new Http2Sessions({ origin, address, connections, connectMs, tls })
  return {
    url: settings.url,
    send: (call, sink) => {
      // WebSockets are spoken over HTTP/1.1.
      if (call.upgrade !== undefined) return http1.send(call, sink)
      const transfer = new Http2Transfer({ ...call, path: base + call.path }, sink)
      sessions.take().then(
        (held) => {
          if (held === otherProtocol) return transfer.leave(() => http1.send(call, sink))
          transfer.run(held, origin.host, sessions)
        },
        (thrown: unknown) => transfer.fail(thrown),
      )
      return transfer
    },
    close: async () => {
      sessions.close()
      await http1.close()
    },
  }
}
