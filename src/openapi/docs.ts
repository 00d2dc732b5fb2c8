import { readFile } from 'node:fs/promises'
import { compileAsset, type GiveAsset } from '../asset.ts'
import type { OpenapiSettings } from '../config/config.ts'

/** Only this address's own files run, are shown or are asked; nobody may frame the page. */
const policy = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
].join('; ')

/** Swagger UI's files below the path of the page, which needs nothing from elsewhere. */
export function buildDocs(docs: string, { path, title }: Pick<OpenapiSettings, 'path' | 'title'>): ReadonlyMap<string, GiveAsset> {
  const text = (type: string, body: string, headers = {}) => compileAsset(() => Promise.resolve({ body: Buffer.from(body), type, headers }))
  const file = (type: string, name: string) => compileAsset(async () => ({ body: await readFile(fileOf(name)), type }))
  return new Map([
    ['', text('text/html; charset=utf-8', pageOf(docs, title), { 'content-security-policy': policy })],
    ['start.js', text('text/javascript; charset=utf-8', startOf(path))],
    ['swagger-ui-bundle.js', file('text/javascript; charset=utf-8', 'swagger-ui-bundle.js')],
    ['swagger-ui.css', file('text/css; charset=utf-8', 'swagger-ui.css')],
    ['icon.png', file('image/png', 'favicon-32x32.png')],
  ])
}

function fileOf(name: string): URL {
  return new URL(`./static/${name}`, import.meta.resolve('@fastify/swagger-ui'))
}

function pageOf(docs: string, title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<link rel="icon" href="${escapeText(docs)}/icon.png">
<link rel="stylesheet" href="${escapeText(docs)}/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="${escapeText(docs)}/swagger-ui-bundle.js"></script>
<script src="${escapeText(docs)}/start.js"></script>
</body>
</html>
`
}

/** The validator would be a site elsewhere. */
function startOf(path: string): string {
  return `SwaggerUIBundle({ url: ${JSON.stringify(path)}, dom_id: '#docs', deepLinking: true, validatorUrl: null })\n`
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
