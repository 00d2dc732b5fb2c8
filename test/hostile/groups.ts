import { chunks, contentLength, transferEncoding } from './cases/framing.ts'
import { fieldNames, lineEnds, whitespace } from './cases/head.ts'
import { headers } from './cases/headers.ts'
import { paths } from './cases/paths.ts'
import { ends, expectations, host, pipelines, requestLines, sizes } from './cases/start.ts'
import { carelessReader } from './double.ts'
import type { Group } from './group.ts'

/** Bytes that are no request, or that two readers could take for different ones. */
export const bytes: Group = {
  classes: {
    'request lines': requestLines, host, whitespace, 'line ends': lineEnds, 'field names': fieldNames,
    'transfer-encoding': transferEncoding, 'content-length': contentLength, chunks,
    'early ends': ends, pipelines, sizes, expectations,
  },
  config: (target) => `
services: { s: { targets: [{ url: "${target}" }], identity: { headers: { x-user-id: nobody } } } }
routes: { all: { match: { path: /* }, to: { service: s } } }
`,
  double: carelessReader,
  rules: {},
}

/** All hostile inputs. */
export const groups: readonly Group[] = [bytes, ...paths, ...headers]
