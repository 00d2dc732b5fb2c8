'use strict'
// Whatever a service or a schema names is written as text, never as markup.
{
  const header = 'x-sluice-explain'
  const hues = [255, 160, 50, 320, 205, 100]
  const part = (name) => document.getElementById(`calls-${name}`)

  /** Shows one of the panel's parts, and what the line beside its title says. */
  const show = (shown, line) => {
    for (const name of ['idle', 'refused', 'needs', 'table']) part(name).hidden = name !== shown
    part('line').textContent = line
  }

  const time = (ms) => ms === null ? '–' : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`
  const count = (number, noun) => `${number === 0 ? 'no' : number} ${noun}${number === 1 ? '' : 's'}`
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1)
  /** What is still on its way has no count of its attempts yet. */
  const wasMade = ({ attempts, ms }) => attempts > 0 || ms === null
  const hasFailed = ({ status, code }) => code !== null || status >= 400

  const notesOf = ({ attempts, hedged, fallback, shared, joined, ms }) => [
    joined ? 'answer to another request' : wasMade({ attempts, ms }) ? '' : 'not sent',
    attempts > 1 ? `${attempts} attempts` : '',
    hedged ? 'hedged' : '',
    fallback === null ? '' : `fallback: ${fallback}`,
    shared > 0 ? `shared with ${count(shared, 'more field')}` : '',
    ms === null ? 'not waited for' : '',
  ].filter((note) => note !== '')

  const element = (tag, { className = '', text = '' }, ...children) => {
    const made = document.createElement(tag)
    made.className = className
    made.textContent = text
    made.append(...children)
    return made
  }

  const barOf = ({ at, ms }, end) => {
    const bar = element('div', { className: ms === null ? 'calls-bar calls-open' : 'calls-bar' })
    bar.style.left = `${at / end * 100}%`
    bar.style.width = `${((ms ?? end - at) / end) * 100}%`
    return bar
  }

  const rowOf = (call, end, hue) => {
    const { service, method, path, status, code, keys, at, ms } = call
    const where = element('span', { className: 'calls-path', text: path })
    where.tabIndex = 0
    const row = element('tr', { className: hasFailed(call) ? 'calls-failed' : '' },
      element('th', { className: 'calls-service', text: service }),
      element('td', { className: 'calls-call' }, element('div', {}, element('b', { text: method }), where)),
      element('td', { className: 'calls-status', text: code ?? status ?? '–' }),
      element('td', { className: 'calls-number', text: keys ?? '' }),
      element('td', {}, ...notesOf(call).map((text) => element('span', { className: 'calls-note', text }))),
      element('td', { className: 'calls-number', text: time(at) }),
      element('td', { className: 'calls-number', text: time(ms) }),
      element('td', { className: 'calls-track' }, barOf(call, end)))
    row.firstChild.scope = 'row'
    row.lastChild.ariaHidden = 'true'
    row.style.setProperty('--hue', hue)
    return row
  }

  /** The greatest of 1, 2 and 5 times a power of ten that divides the axis in at least four. */
  const stepOf = (end) => {
    const power = 10 ** Math.floor(Math.log10(end / 4))
    return [5, 2, 1].map((factor) => factor * power).find((step) => step <= end / 4) ?? power
  }

  const drawAxis = (end) => {
    const step = stepOf(end)
    part('table').style.setProperty('--step', `${step / end * 100}%`)
    const ticks = []
    for (let tick = 0; tick <= end * 0.92; tick += step) {
      const label = element('span', { text: `${Number(tick.toPrecision(3))}${tick === 0 ? ' ms' : ''}` })
      label.style.left = `${tick / end * 100}%`
      ticks.push(label)
    }
    part('axis').replaceChildren(...ticks)
  }

  const draw = (name, calls, alone) => {
    const end = Math.max(0.001, ...calls.map(({ at, ms }) => at + (ms ?? 0)))
    const services = [...new Set(calls.map(({ service }) => service))]
    const made = calls.filter(wasMade).length
    const instead = alone > made ? ` instead of ${alone}` : ''
    const total = calls.length === 0 ? '' : ` · ${time(end)}`
    show('table', `${name === '' ? '' : `${name}: `}${capital(count(made, 'call'))}${instead}${total}`)
    part('caption').textContent = 'Without composition, a client that asks for each object by itself, '
      + `and for none twice, would make ${count(alone, 'call')}.`
    drawAxis(end)
    const hueOf = ({ service }) => hues[services.indexOf(service) % hues.length]
    part('rows').replaceChildren(...calls.map((call) => rowOf(call, end, hueOf(call))))
  }

  const present = (name, answer) => {
    const { trace, callsWithoutComposition } = answer.extensions?.sluice ?? {}
    if (Array.isArray(trace)) draw(name, trace, callsWithoutComposition)
    else show('data' in answer ? 'needs' : 'refused', '')
  }

  /** Takes out of an answer what only the panel asked for. */
  const strip = (answer) => {
    const { trace, callsWithoutComposition, ...sluice } = answer.extensions?.sluice ?? {}
    if (trace === undefined) return answer
    const extensions = { ...answer.extensions, sluice }
    if (Object.keys(sluice).length === 0) delete extensions.sluice
    const stripped = { ...answer, extensions }
    if (Object.keys(extensions).length === 0) delete stripped.extensions
    return stripped
  }

  const parse = (text) => {
    try {
      const value = JSON.parse(text)
      return typeof value === 'object' ? value : null
    } catch {
      return null
    }
  }

  const isOperation = ({ method, url }) => method === 'POST' && url.split(/[?#]/)[0] === location.origin + location.pathname
  const isJson = ({ headers }) => /^application\/([\w.-]+\+)?json\b/.test(headers.get('content-type') ?? '')

  const send = window.fetch.bind(window)

  /** Asks for the calls of every operation but GraphiQL's own introspection. */
  window.fetch = async (input, init) => {
    const request = new Request(input, init)
    const { operationName } = isOperation(request) ? parse(await request.clone().text()) ?? {} : {}
    if (!isOperation(request) || operationName === 'IntrospectionQuery') return send(request)
    const asked = request.headers.has(header)
    if (!asked) request.headers.set(header, 'trace')
    const response = await send(request)
    if (!isJson(response)) return response
    const text = await response.text()
    const answer = parse(text)
    // In a task of its own, where no mistake in drawing can reach the query.
    if (answer !== null) setTimeout(() => present(operationName ?? '', answer))
    const body = answer === null || asked ? text : JSON.stringify(strip(answer))
    const { status, statusText, headers } = response
    return new Response(body, { status, statusText, headers })
  }
}
