import { readFile } from 'node:fs/promises'
import type { GraphqlSettings } from '../../config/config.ts'

/** Draws the calls that an operation made. Its script stands before GraphiQL's, whose requests it sees. */
export interface CallsPanel {
  readonly style: string
  readonly html: string
  readonly script: string
}

/** Reads the panel's own files; `explain` says who is told what an operation calls. */
export async function readCallsPanel(explain: GraphqlSettings['explain']): Promise<CallsPanel> {
  const [style, html, script] = await Promise.all([read('css'), read('html'), read('js')])
  return { style, html: html.replace('{needs}', () => escapeText(needs(explain))), script }
}

function read(extension: 'css' | 'html' | 'js'): Promise<string> {
  return readFile(new URL(`./calls-panel.${extension}`, import.meta.url), 'utf8')
}

/** What a client would need to be told of its calls. */
function needs(explain: GraphqlSettings['explain']): string {
  if (explain === undefined) return 'Calls are shown where the gateway’s configuration has the setting graphql.explain.'
  if (explain.scopes.length === 0) return 'Calls are shown for requests with the header x-sluice-explain: trace.'
  const scopes = explain.scopes.map((scope) => `“${scope}”`).join(' and ')
  return `Calls are shown to clients with the scope ${scopes}: the setting graphql.explain asks for it.`
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
