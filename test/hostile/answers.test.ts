import t from 'tap'
import { dial, get, reader, receive, startBefore, startWire } from './wire.ts'

const ok = 'HTTP/1.1 200 OK\r\n'
const five = 'Content-Length: 5\r\n\r\nhello'

/** Answers that are none: 502, and nothing of them reaches the client. */
const refused: Record<string, string> = {
  'two lengths that differ': `${ok}Content-Length: 2\r\n${five}`, 'two equal lengths': `${ok}Content-Length: 5\r\n${five}`, 'a list of lengths': `${ok}Content-Length: 5, 5\r\n\r\nhello`, 'a signed length': `${ok}Content-Length: +5\r\n\r\nhello`,
  'a negative length': `${ok}Content-Length: -5\r\n\r\nhello`, 'a length that is no number': `${ok}Content-Length: five\r\n\r\nhello`, 'a length that overflows': `${ok}Content-Length: 18446744073709551621\r\n\r\nhello`,
  'chunks and a length': `${ok}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n`, 'a length and chunks': `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  'another coding below the chunks': `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`, 'chunked twice': `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  'identity': `${ok}Transfer-Encoding: identity\r\n\r\nhello`, 'an unknown coding': `${ok}Transfer-Encoding: xchunked\r\n\r\nhello`, 'chunked, identity': `${ok}Transfer-Encoding: chunked, identity\r\n\r\n5\r\nhello\r\n0\r\n\r\n`, 'a coding and a length': `${ok}Transfer-Encoding: gzip\r\n${five}`,
  'a folded field': `${ok}X: a\r\n b\r\n${five}`, 'a bare CR that injects': `${ok}X: a\rEvil: b\r\n${five}`, 'a bare LF that injects': `${ok}X: a\nEvil: b\r\n${five}`, 'a NUL in a value': `${ok}X: a\0b\r\n${five}`, 'a NUL in a name': `${ok}X\0: a\r\n${five}`,
  'a control character': `${ok}X: a\x01b\r\n${five}`, 'a space before the colon': `${ok}X : a\r\n${five}`, 'a name that is no token': `${ok}X\xc3: a\r\n${five}`, 'a line without a colon': `${ok}nothing\r\n${five}`, 'bare LFs': `HTTP/1.1 200 OK\nContent-Length: 5\n\nhello`,
  'an unasked switch of protocols': 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhello', '101 without an upgrade': 'HTTP/1.1 101 Switching\r\n\r\nhello', 'status 099': `HTTP/1.1 099 X\r\n${five}`, 'status 000': `HTTP/1.1 000 X\r\n${five}`,
  'status 2000': `HTTP/1.1 2000 X\r\n${five}`, 'status 20': `HTTP/1.1 20 X\r\n${five}`, 'status -1': `HTTP/1.1 -1 X\r\n${five}`, 'no HTTP': 'hello\r\n\r\n', 'HTTP/0.9': '<html>\r\n\r\n', 'a version that is none': `HTTP/1.9 200 OK\r\n${five}`,
  'a head of 200 kB': `${ok}X: ${'y'.repeat(200_000)}\r\n${five}`,
}

t.test('an answer that could be read in two ways is 502, and poisons nothing', async (t) => {
  let answer = ''
  const target = await startWire(t, (socket, head) => void socket.write(Buffer.from(head.startsWith('GET /next') ? `${ok}Content-Length: 4\r\n\r\nnext` : answer, 'latin1')))
  const { url } = await startBefore(t, target, 1)
  for (const [name, bytes] of Object.entries(refused)) {
    answer = bytes
    const got = await receive(url, get('/x'))
    t.match(got.bytes, /^HTTP\/1\.1 502 [^]*"code":"SERVICE_(ANSWER_INVALID|RESET)"/, name)
    t.notMatch(got.bytes, /hello|evil/i, name)
    t.match((await receive(url, get('/next'))).bytes, /^HTTP\/1\.1 200 [^]*next$/, `${name}: the next answer`)
  }
})

/** Answers that begin well: the client sees the good part, and that it is not whole. */
const broken: Record<string, string> = {
  'a chunk without its end': `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n`, 'a chunk size that is none': `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n`, 'a chunk size that overflows': `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nfffffffffffffffff\r\n`,
  'a bare LF after a chunk': `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n`, 'a trailer that frames': `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n`, 'a trailer that is none': `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX : y\r\n\r\n`,
  'chunks and then FIN': `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, 'a length and then FIN': `${ok}Content-Length: 50\r\n\r\nhello`, 'chunks and then RST': `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, 'a length and then RST': `${ok}Content-Length: 50\r\n\r\nhello`,
  'no framing and then RST': `${ok}X: y\r\n\r\nhello`,
}

for (const version of ['1.1', '1.0']) {
  t.test(`an answer that breaks is visibly broken to HTTP/${version}`, async (t) => {
    let name = ''
    const target = await startWire(t, (socket) => {
      socket.write(broken[name] ?? '')
      if (name.endsWith('FIN')) socket.end()
    })
    const waiting: (() => void)[] = []
    const resets = await startWire(t, (socket) => {
      socket.write(broken[name] ?? '')
      waiting.push(() => socket.resetAndDestroy())
    })
    for (name of Object.keys(broken)) {
      const { url } = await startBefore(t, name.endsWith('RST') ? resets : target, 1)
      const got = receive(url, get('/x', version))
      // The reset comes when the client has the first part, so that it can't overtake it.
      if (name.endsWith('RST')) await resetOnce(waiting)
      const { bytes, reset } = await got
      const whole = /\r\n0\r\n\r\n$/.test(bytes)
      const counted = /content-length: (\d+)/i.exec(bytes)?.[1]
      const short = counted !== undefined && (bytes.split('\r\n\r\n')[1] ?? '').length < Number(counted)
      const chunked = /transfer-encoding: chunked/i.test(bytes)
      t.notOk(whole, `${name}: no last chunk`)
      t.ok(short || chunked || reset || bytes === '', `${name}: ${JSON.stringify(bytes)}`)
      t.equal(reset, !short && !chunked && bytes !== '', `${name}: reset where nothing else tells`)
    }
  })
}

async function resetOnce(waiting: (() => void)[]): Promise<void> {
  while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve))
  // Some turns of the loop let the gateway, which runs in this process, read what was written.
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  waiting.shift()?.()
}

t.test('what a service sends beyond its answer reaches nobody', async (t) => {
  const extras: Record<string, string> = { 'a second answer': `${ok}Content-Length: 6\r\n\r\npoison`, 'half an answer': `${ok}Content-Length: 60\r\n\r\npoison`, garbage: 'poison', 'a head': `${ok}X: poison\r\n`, 'line ends': '\r\n\r\n', 'an interim answer': 'HTTP/1.1 103 X\r\nLink: </poison>\r\n\r\n', '100': 'HTTP/1.1 100 poison\r\n\r\n', 'a NUL': '\0poison' }
  for (const [name, extra] of Object.entries(extras)) {
    for (const later of [false, true]) {
      let idle: () => void = () => undefined
      const closed: Promise<unknown>[] = []
      const target = await startWire(t, (socket, head) => {
        if (!head.startsWith('GET /first')) return void socket.write(`${ok}Content-Length: 4\r\n\r\nnext`)
        socket.write(`${ok}Content-Length: 5\r\n\r\nfirst${later ? '' : extra}`)
        idle = () => void socket.write(extra)
        closed.push(new Promise((resolve) => socket.once('close', resolve)))
      })
      const { url } = await startBefore(t, target, 1)
      t.match((await receive(url, get('/first'))).bytes, /first$/, name)
      if (later) {
        idle()
        if (name !== 'line ends') await closed[0]
      }
      const next = await receive(url, get('/next'))
      t.match(next.bytes, /^HTTP\/1\.1 200 [^]*\r\n\r\nnext$/, `${name}, ${later ? 'on the idle connection' : 'at once'}`)
      t.notMatch(next.bytes, /poison/)
    }
  }
})

t.test('what belongs to its connection, or is not for the client, stays there', async (t) => {
  const target = await startWire(t, (socket) => void socket.write(`${ok}Connection: close, X-Hop, Content-Length\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nProxy-Status: x\r\nTrailer: X\r\nUpgrade: h2c\r\nTE: x\r\nX_Odd: kept\r\n__proto__: x\r\n${five}`))
  const { url } = await startBefore(t, target)
  const { bytes } = await receive(url, get('/x'))
  t.match(bytes, /^HTTP\/1\.1 200 [^]*hello$/)
  t.match(bytes, /\r\ncontent-length: 5\r\n/i)
  t.match(bytes, /\r\nx_odd: kept\r\n/i)
  t.notMatch(bytes, /x-hop|timeout=5|proxy-|trailer|upgrade|\r\nte:/i)
})

t.test('garbage from a client lands in no answer that is under way', async (t) => {
  for (const framing of ['Content-Length: 10', 'Transfer-Encoding: chunked']) {
    const target = await startWire(t, (socket) => void socket.write(`${ok}${framing}\r\n\r\n5\r\nhello`))
    const { url } = await startBefore(t, target)
    const socket = dial(url)
    const answer = reader(socket)
    socket.write('GET /x HTTP/1.1\r\nHost: a\r\n\r\n')
    await answer.until(/hello/)
    socket.write('GARBAGE\r\n\r\n')
    const closed = await answer.until(/HTTP\/1\.1 400/).then(() => 'answered within the answer', () => 'closed')
    t.equal(closed, 'closed', framing)
  }
})

t.test('a slow request is not answered by what follows it', async (t) => {
  const target = await startWire(t, () => undefined)
  const { url } = await startBefore(t, target)
  const { bytes } = await receive(url, 'GET /x HTTP/1.1\r\nHost: a\r\n\r\nGARBAGE\r\n\r\n')
  t.equal(bytes, '', 'a 400 here would be taken for the answer to the first')
})
