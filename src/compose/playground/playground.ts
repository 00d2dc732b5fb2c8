import { compileAsset, type GiveAsset } from '../../asset.ts'
import { renderPage, type PlaygroundSettings } from './page.ts'

/** A page that needs nothing from elsewhere. */
export function buildPlayground(settings: PlaygroundSettings): GiveAsset {
  return compileAsset(async () => {
    const { html, policy } = await renderPage(settings)
    return { body: html, type: 'text/html; charset=utf-8', headers: { 'content-security-policy': policy, vary: 'accept, accept-encoding' } }
  })
}
