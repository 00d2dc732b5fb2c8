import { createHash } from 'node:crypto'

/** Only the page's own scripts run, known by their hashes, and they talk to this address alone. */
export function policyFor(scripts: readonly string[]): string {
  const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`)
  return [
    "default-src 'none'", `script-src ${hashes.join(' ')}`, 'worker-src blob:', "style-src 'unsafe-inline'", 'img-src data:',
    'font-src data:', "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ].join('; ')
}
