import { CertificateError, readCertificates, readPair, type Pair } from '../listener/certificate.ts'
import type { CheckContext } from './check.ts'

/** Reports what is wrong with a certificate, its key, or the two together; says whether they can be used. */
export function checkPair({ sound, report }: CheckContext, at: string, pair: Pair): boolean {
  if (!sound(`${at}/cert`) || !sound(`${at}/key`)) return false
  const error = problemOf(() => readPair(pair))
  if (error !== undefined) report(`${at}/${error.part}`, error.message)
  return error === undefined
}

/** Reports what is wrong with certificates of authorities, where there are any; says whether they can be used. */
export function checkAuthorities({ sound, report }: CheckContext, at: string, ca: string | undefined): boolean {
  if (ca === undefined) return true
  if (!sound(at)) return false
  const error = problemOf(() => readCertificates(ca))
  if (error !== undefined) report(at, error.message)
  return error === undefined
}

function problemOf(read: () => unknown): CertificateError | undefined {
  try {
    read()
    return undefined
  } catch (thrown) {
    if (thrown instanceof CertificateError) return thrown
    throw thrown
  }
}
