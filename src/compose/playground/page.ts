import type { GraphqlSettings } from '../../config/config.ts'
import { readCallsPanel } from './calls-panel.ts'
import { policyFor } from './policy.ts'

export interface PlaygroundSettings {
  /** Queries, a tab each. */
  readonly samples: readonly string[]
  /** A bearer token that the page fills in, for demos. */
  readonly token: string | undefined
  readonly explain?: GraphqlSettings['explain']
}

export interface Page {
  readonly html: Buffer
  readonly policy: string
}

/** Stands for the options until they are written with `<` escaped, so that no sample can end the script. */
const marker = '{"title":"Sluice"}'

/** GraphiQL with the Calls panel below it, in one document. */
export async function renderPage(settings: PlaygroundSettings): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const options = JSON.stringify(optionsOf(settings)).replaceAll('<', '\\u003c')
  const library = renderGraphiQL({ title: 'Sluice' }).replace(marker, () => options)
  const begin = library.indexOf('<script>')
  const script = library.slice(begin + '<script>'.length, library.lastIndexOf('</script>'))
  const panel = await readCallsPanel(settings.explain)
  const head = library.slice(0, begin).replace('</head>', () => `<style>${panel.style}</style></head>`)
  const html = `${head}${panel.html}<script>${panel.script}</script>${library.slice(begin)}`
  return { html: Buffer.from(html), policy: policyFor([panel.script, script]) }
}

function optionsOf({ samples, token }: PlaygroundSettings): Record<string, unknown> {
  const headers = token === undefined ? undefined : JSON.stringify({ authorization: `Bearer ${token}` }, null, 2)
  return {
    title: 'Sluice',
    ...headers === undefined ? {} : { headers, defaultHeaders: headers },
    ...samples.length === 0 ? {} : {
      defaultQuery: samples[0],
      defaultTabs: samples.map((query) => ({ query, ...headers === undefined ? {} : { headers } })),
    },
  }
}
