import { compileAsset, type GiveAsset } from '../asset.ts'
import type { OpenapiSettings } from '../config/config.ts'
import { asSluiceError, SluiceError } from '../errors.ts'
import type { HttpExchange } from '../incoming.ts'
import type { End } from '../route.ts'
import { buildDocs } from './docs.ts'

/** Where the description of all routes is to be had: as JSON, and as pages for people where the settings say so. */
export function compileDescription(settings: OpenapiSettings, description: string): { path: string, end: End }[] {
  const { path, docs } = settings
  const json = compileAsset(() => Promise.resolve({ body: Buffer.from(description), type: 'application/json' }))
  const own = { path, end: giving(() => json) }
  if (docs === undefined) return [own]
  const files = buildDocs(docs, settings)
  return [own, { path: `${docs}/*`, end: giving(({ parameters }) => files.get(parameters['*'] ?? '')) }]
}

function giving(find: (exchange: HttpExchange) => GiveAsset | undefined): End {
  return (exchange, sink) => {
    const give = find(exchange)
    if (give === undefined) return sink.answer(new SluiceError('NOT_FOUND', 'There is no such file.'))
    give(exchange)
      .catch((thrown: unknown) => asSluiceError(thrown))
      .then((answer) => sink.answer(answer))
      .catch(() => exchange.response.destroy())
  }
}
