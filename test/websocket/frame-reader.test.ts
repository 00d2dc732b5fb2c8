import fc from 'fast-check'
import t from 'tap'
import { closeFrame } from '../../src/websocket/close-frame.ts'
import { FrameReader } from '../../src/websocket/frame-reader.ts'
import { closing, frame, type FrameParts } from './frame.ts'

const maxMessage = 1000

function reader(masked = true): FrameReader {
  return new FrameReader({ masked, maxMessage })
}

/** Cuts bytes at arbitrary places. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length))
}

const message = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 4 }).map((fragments) => {
  return fragments.map((payload, index) => ({ payload: Buffer.from(payload), opcode: index === 0 ? 2 : 0, final: index === fragments.length - 1 }))
})

t.test('right frames pass unchanged, however they are cut, and are counted', async (t) => {
  fc.assert(fc.property(fc.array(message, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 20 }), fc.boolean(), (messages, cuts, masked) => {
    const bytes = Buffer.concat(messages.flat().flatMap((parts) => [frame({ ...parts, masked }), frame({ opcode: 9, payload: 'ping', masked })]))
    const follower = reader(masked)
    const passed = Buffer.concat(pieces(bytes, cuts).map((piece) => follower.read(piece)))
    return passed.equals(bytes) && follower.violation === undefined && follower.messages === messages.length && follower.bytes === bytes.length
      && follower.betweenFrames
  }))
  t.pass()
})

t.test('what breaks the rules is not passed on, and what came before it ends with a frame', async (t) => {
  const wrong: Record<string, [Partial<FrameParts>[], number]> = {
    'not masked': [[{ masked: false }], 1002],
    'reserved bit': [[{ reserved: true }], 1002],
    'reserved opcode': [[{ opcode: 3 }], 1002],
    'reserved control opcode': [[{ opcode: 11 }], 1002],
    'fragmented ping': [[{ opcode: 9, final: false }], 1002],
    'long ping': [[{ opcode: 9, payload: 'x'.repeat(126) }], 1002],
    'continuation of nothing': [[{ opcode: 0 }], 1002],
    'message within a message': [[{ final: false }, { opcode: 1 }], 1002],
    'length in more bytes than needed': [[{ payload: 'x', width: 2 }], 1002],
    'length in eight bytes that fits two': [[{ payload: 'x'.repeat(200), width: 8 }], 1002],
    'close code in one byte': [[{ opcode: 8, payload: 'x' }], 1002],
    'close code that is never sent': [[{ opcode: 8, payload: Buffer.from([0x03, 0xed]) }], 1002],
    'large message': [[{ payload: 'x'.repeat(maxMessage + 1) }], 1009],
    'large in fragments': [[{ payload: 'x'.repeat(maxMessage), final: false }, { opcode: 9 }, { opcode: 0, payload: 'x' }], 1009],
  }
  for (const [name, [frames, code]] of Object.entries(wrong)) {
    const right = frames.slice(0, -1).map((parts) => frame(parts))
    const before = Buffer.concat([frame({ payload: 'x'.repeat(maxMessage) }), ...right])
    for (const together of [true, false]) {
      const follower = reader()
      const bad = frame(frames.at(-1))
      const passed = together ? [follower.read(Buffer.concat([before, bad]))] : [...before, ...bad].map((byte) => follower.read(Buffer.from([byte])))
      t.ok(Buffer.concat(passed).equals(before), name)
      t.equal(follower.violation?.code, code, name)
      t.ok(follower.betweenFrames)
      t.equal(follower.read(frame()).length, 0, 'nothing counts after it')
    }
  }
})

t.test('a length that no number holds is too large', async (t) => {
  const follower = reader()
  follower.read(Buffer.from([0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]))
  t.equal(follower.violation?.code, 1009)
})

t.test('a Close frame passes whole, tells its code, and ends what counts', async (t) => {
  for (const masked of [true, false]) {
    for (const code of [1000, 1001, 1011, 3000, 4999]) {
      const bytes = closing(code, masked, 'because')
      const follower = reader(masked)
      const passed = [...bytes].map((byte) => follower.read(Buffer.from([byte])).length)
      t.same(passed, [...bytes].map((_, index) => (index === bytes.length - 1 ? bytes.length : 0)))
      t.equal(follower.closed, code)
      t.equal(follower.read(frame({ masked })).length, 0)
    }
  }
  const follower = reader()
  follower.read(Buffer.concat([frame({ opcode: 8 }), frame()]))
  t.equal(follower.closed, 1005, 'one without a code')
  t.equal(follower.messages, 0)
})

t.test('Close frames of our own are right for either side', async (t) => {
  for (const masked of [true, false]) {
    const follower = reader(masked)
    follower.read(closeFrame(1009, 'a message is too large', masked))
    t.equal(follower.closed, 1009)
  }
})
