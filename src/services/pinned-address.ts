import { isIP, type LookupFunction } from 'node:net'

/**
 * Options that connect to a resolved address, where there is one, whatever the URL's host is; Host, SNI and the
 * certificate's name stay those of the URL.
 */
export function pinned(address: string | undefined): { lookup?: LookupFunction } {
  if (address === undefined) return {}
  const family = isIP(address)
  return {
    lookup: (_host, { all }, done) => {
      if (all === true) done(null, [{ address, family }])
      else done(null, address, family)
    },
  }
}
