import { placeOf, type Config } from '../config/config.ts'
import { readPair, warningsOf } from './certificate.ts'

/** What an operator should know of listeners that do work, one line each with its place. `now` is in ms. */
export function warnAbout(config: Config, now: number): string[] {
  return Object.entries(config.listeners).flatMap(([name, { tls }]) => {
    if (tls === undefined) return []
    const at = `/listeners/${name}/tls`
    const pairs = [{ at, pair: tls, hosts: [] as string[] }, ...tls.sni.map((pair, index) => ({ at: `${at}/sni/${index}`, pair, hosts: pair.hosts }))]
    return pairs.flatMap(({ at, pair, hosts }) => {
      return warningsOf(readPair(pair), hosts, now).map((clause) => `${placeOf(config, `${at}/cert`)}: listeners.${name}.tls: ${clause}`)
    })
  })
}
