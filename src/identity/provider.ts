import type { SluiceError } from '../errors.ts'
import type { Client } from '../exchange.ts'
import type { HeaderMap } from '../headers.ts'
import type { Identity } from '../identity.ts'

/** What verifying a credential comes to; a value where nothing has to be waited for. */
export type Verification = Identity | SluiceError | Promise<Identity | SluiceError>

/** One configured source of identities. A provider type is one file that makes these, and one line in the index. */
export interface Provider {
  /** Its name in the config. */
  readonly name: string
  readonly type: string
  /** Lower-case name of the header that carries its credential; null where the connection itself does. */
  readonly header: string | null
  /** The credential in a request's headers, if it is of the kind that this provider reads. */
  recognise(headers: HeaderMap): string | undefined
  /** Whether the credential says of itself that it is this provider's; asked where several read the same header. */
  owns?(credential: string): boolean
  /** Never throws or rejects. */
  verify(credential: string): Verification
  /** Who opened the connection, where the provider knows clients by that; undefined where nothing says so. */
  identify?(client: Client): Identity | SluiceError | undefined
  /** The challenge for clients (RFC 9110 section 11.3), with an error of RFC 6750 where a credential was refused. */
  challenge(error?: SluiceError): string
  close(): void
}
