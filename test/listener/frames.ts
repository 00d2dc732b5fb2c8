import type { TLSSocket } from 'node:tls'
import type { Test } from 'tap'
import { openTls } from './tls.ts'

/** HTTP/2 frames written and read byte by byte (RFC 9113 section 4), for what no client library would send. */

export const type = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8, continuation: 9 } as const
export const flag = { endStream: 1, ack: 1, endHeaders: 4 } as const

export interface Frame {
  type: number
  flags: number
  stream: number
  payload: Buffer
}

export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

export const reset = (stream: number, code = 8) => {
  const payload = Buffer.alloc(4)
  payload.writeUInt32BE(code)
  return frame(type.reset, 0, stream, payload)
}

/** HPACK integer with a prefix of so many bits (RFC 7541 section 5.1). */
function integer(value: number, bits: number, first: number): Buffer {
  const most = 2 ** bits - 1
  if (value < most) return Buffer.from([first | value])
  const bytes = [first | most]
  let rest = value - most
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Buffer.from([...bytes, rest])
}

const text = (value: string) => Buffer.concat([integer(Buffer.byteLength(value), 7, 0), Buffer.from(value)])

/** Fields as literals that no table remembers. */
export const fields = (list: readonly (readonly [string, string])[]): Buffer => {
  return Buffer.concat(list.map(([name, value]) => Buffer.concat([Buffer.from([0]), text(name), text(value)])))
}

/** A field that is put into the decoder's table, and one byte that stands for the newest entry there. */
export const remembered = (name: string, value: string): Buffer => Buffer.concat([Buffer.from([0x40]), text(name), text(value)])
export const newest = integer(62, 7, 0x80)

export const get = (path: string, more: readonly (readonly [string, string])[] = []): Buffer => {
  return fields([[':method', 'GET'], [':scheme', 'https'], [':authority', 'localhost'], [':path', path], ...more])
}

export class RawHttp2 {
  readonly socket: TLSSocket
  readonly frames: Frame[] = []
  #bytes = Buffer.alloc(0)
  #wake: () => void = () => undefined
  closed = false

  constructor(socket: TLSSocket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('close', () => {
      this.closed = true
      this.#wake()
    })
  }

  write(...frames: Buffer[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(frames))
  }

  /** Waits until the server has read all that was written. */
  async flushed(): Promise<void> {
    if (!this.socket.writableNeedDrain || this.socket.destroyed) return
    await new Promise<void>((resolve) => void this.socket.once('drain', resolve).once('close', resolve))
  }

  /** The first frame that fits, once it is here; undefined where the connection closes without one. */
  async when(fits: (frame: Frame) => boolean): Promise<Frame | undefined> {
    for (;;) {
      const found = this.frames.find(fits)
      if (found !== undefined || this.closed) return found
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** The GOAWAY frame's code, once the server has ended the connection; null where it just closed. */
  async ended(): Promise<number | null> {
    if (!this.closed) await new Promise<void>((resolve) => void this.socket.once('close', resolve))
    const goaway = this.frames.find((frame) => frame.type === type.goaway)
    return goaway?.payload.readUInt32BE(4) ?? null
  }

  #read(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    while (this.#bytes.length >= 9) {
      const length = this.#bytes.readUIntBE(0, 3)
      if (this.#bytes.length < 9 + length) break
      const [type, flags, stream] = [this.#bytes.readUInt8(3), this.#bytes.readUInt8(4), this.#bytes.readUInt32BE(5)]
      this.frames.push({ type, flags, stream, payload: this.#bytes.subarray(9, 9 + length) })
      this.#bytes = this.#bytes.subarray(9 + length)
    }
    this.#wake()
  }
}

/** An HTTP/2 connection whose preface and settings are exchanged. */
export async function openRaw(t: Test, url: string): Promise<RawHttp2> {
  const raw = new RawHttp2(await openTls(t, url, { ALPNProtocols: ['h2'] }))
  raw.write(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(type.settings, 0, 0))
  await raw.when((frame) => frame.type === type.settings && frame.flags === 0)
  raw.write(frame(type.settings, flag.ack, 0))
  return raw
}
