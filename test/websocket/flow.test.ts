import { once } from 'node:events'
import { duplexPair, type Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { FrameReader } from '../../src/websocket/frame-reader.ts'
import { Tunnel, type Ending } from '../../src/websocket/tunnel.ts'
import { TestClock } from '../clock.ts'
import { closing, frame } from './frame.ts'

const settings = { maxMessage: 1_000_000, idle: 60_000 }

/** A tunnel between two pairs in memory, without the kernel's buffers. */
function tunnel() {
  const clock = new TestClock()
  const [client, near] = duplexPair()
  const [service, far] = duplexPair()
  const endings: Ending[] = []
  const joined = new Tunnel(near, far, settings, clock, (ending) => endings.push(ending))
  return { clock, client, service, near, far, endings, joined }
}

/** The close code that a side was sent; undefined where it got no Close frame. */
async function codeAt(side: Duplex, masked: boolean): Promise<number | undefined> {
  const reader = new FrameReader({ masked, maxMessage: settings.maxMessage })
  for await (const chunk of side as AsyncIterable<Buffer>) reader.read(chunk)
  return reader.closed
}

for (const slow of ['client', 'service'] as const) {
  t.test(`a ${slow} that does not read holds the other side back, and loses nothing`, async (t) => {
    const { client, service, near, far } = tunnel()
    const [reader, writer] = slow === 'client' ? [client, service] : [service, client]
    const piece = frame({ opcode: 2, payload: Buffer.alloc(10_000, 7), masked: slow === 'service' })
    let written = 0
    for (let turn = 0; turn < 1000; turn++) {
      while (!writer.writableNeedDrain) {
        writer.write(piece)
        written += piece.length
      }
      await nextTurn()
    }
    const held = [near, far].map((socket) => socket.readableLength + socket.writableLength)
    t.ok(held.every((bytes) => bytes <= 200_000), `${held.join(' and ')} bytes are held`)
    t.ok(written < 1_000_000)
    let got = 0
    reader.on('data', (chunk: Buffer) => (got += chunk.length))
    while (got < written) await once(reader, 'data')
    t.equal(got, written)
  })
}

t.test('silence of both sides ends with 1001; whatever is sent puts it off', async (t) => {
  const { clock, client, service, endings } = tunnel()
  for (const [side, masked] of [[client, true], [service, false]] as const) {
    clock.advance(settings.idle - 1)
    side.write(frame({ opcode: 9, masked }))
    await nextTurn()
  }
  t.equal(client.readableEnded, false)
  clock.advance(settings.idle)
  t.same(await Promise.all([codeAt(client, false), codeAt(service, true)]), [1001, 1001])
  client.end()
  service.end()
  while (endings.length === 0) await nextTurn()
  t.same(endings, [{ by: 'gateway', code: 1001 }])
  t.equal(clock.waiting, 0)
})

t.test('a side that does not answer a Close frame is cut off', async (t) => {
  const { clock, client, service, endings, far, near } = tunnel()
  client.write(closing(1000, true))
  while (service.readableLength === 0) await nextTurn()
  service.write(frame({ masked: false, payload: 'not yet' }))
  await nextTurn()
  t.notOk(far.destroyed)
  clock.advance(10_000)
  t.ok(near.destroyed && far.destroyed)
  while (endings.length === 0) await nextTurn()
  t.same(endings, [{ by: 'client', code: 1000 }])
})

t.test('sockets that do not close after both Close frames are cut off', async (t) => {
  const { clock, client, service, endings } = tunnel()
  client.write(closing(1000, true))
  service.write(closing(1000, false))
  t.same(await Promise.all([codeAt(client, false), codeAt(service, true)]), [1000, 1000])
  t.same(endings, [])
  clock.advance(5_000)
  while (endings.length === 0) await nextTurn()
  t.same(endings, [{ by: 'client', code: 1000 }])
})

t.test('a client that sends Close and its end at once still gets the answer', async (t) => {
  const { client, service } = tunnel()
  client.end(closing(1000, true))
  t.equal(await codeAt(service, true), 1000)
  service.end(closing(1000, false))
  t.equal(await codeAt(client, false), 1000)
})

t.test('no Close frame is put into a payload that is under way', async (t) => {
  const { client, service, joined, near, far } = tunnel()
  service.write(frame({ payload: 'x'.repeat(100), masked: false }).subarray(0, 50))
  while (client.readableLength === 0) await nextTurn()
  joined.close(1001, 'going away')
  t.ok(near.destroyed, 'the client sees a broken connection')
  t.equal(await codeAt(service, true), 1001)
  t.notOk(far.destroyed)
})

t.test('what comes after a Close frame counts for nothing', async (t) => {
  const { client, service } = tunnel()
  client.write(Buffer.concat([closing(1000, true), frame({ payload: 'late' })]))
  client.write(frame({ payload: 'later' }))
  service.write(closing(1000, false))
  let got = 0
  for await (const chunk of service as AsyncIterable<Buffer>) got += chunk.length
  t.equal(got, closing(1000, true).length)
})
