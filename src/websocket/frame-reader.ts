import { closeCode, isSendable } from './close-code.ts'
import { readFrameHeader, type FrameHeader } from './frame-header.ts'

export interface FrameRules {
  /** Frames from clients are masked, those from services aren't (RFC 6455 section 5.1). */
  readonly masked: boolean
  /** Largest message, all its fragments together, in bytes. */
  readonly maxMessage: number
}

/** Why a sender's frames can't be passed on: what the Close frame to it says. */
export interface Violation {
  readonly code: number
  readonly reason: string
}

const continuation = 0x0
const binary = 0x2
const close = 0x8
const pong = 0xa
const maxControl = 125
const empty = Buffer.alloc(0)

/**
 * Follows the frames that one side sends, without touching their payload. A frame's head is held back until it is
 * complete and found right, and a Close frame until all of it is, so what was passed on always stands at the end of
 * a frame when something is wrong, and a Close frame of our own can follow it.
 */
export class FrameReader {
  readonly #rules: FrameRules
  #held: Buffer = empty
  /** What is still to come of the payload under way. */
  #left = 0
  /** Size so far of the message whose fragments are under way. */
  #message: number | undefined
  /** The code of the Close frame that was passed on, after which nothing counts. */
  closed: number | undefined
  violation: Violation | undefined
  /** Messages that were passed on whole. */
  messages = 0
  /** Bytes that were passed on, frame heads included. */
  bytes = 0

  constructor(rules: FrameRules) {
    this.#rules = rules
  }

  /** Whether what was passed on ends with a frame. */
  get betweenFrames(): boolean {
    return this.#left === 0
  }

  /** Reads on, and gives what may be passed on: nothing after a Close frame or a violation. */
  read(chunk: Buffer): Buffer {
    if (this.closed !== undefined || this.violation !== undefined) return empty
    const data = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const passed = this.#follow(data)
    // A copy, since a few bytes would otherwise hold the whole chunk for as long as the socket is silent.
    this.#held = passed === data.length ? empty : Buffer.from(data.subarray(passed))
    this.bytes += passed
    return data.subarray(0, passed)
  }

  #follow(data: Buffer): number {
    let at = 0
    while (at < data.length && this.closed === undefined) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, data.length - at)
        this.#left -= step
        at += step
        continue
      }
      const size = this.#enter(data, at)
      if (size === 0) break
      at += size
    }
    return at
  }

  /** Takes the frame that begins at `at`. Gives how far it may be passed on, 0 where that isn't known or not at all. */
  #enter(data: Buffer, at: number): number {
    const frame = readFrameHeader(data, at)
    if (frame === undefined) return 0
    this.violation = this.#judge(frame)
    if (this.violation !== undefined) return 0
    if (frame.opcode === close) return this.#takeClose(data.subarray(at, at + frame.size + frame.length), frame)
    if (frame.opcode < close) {
      this.#message = frame.final ? undefined : (this.#message ?? 0) + frame.length
      if (frame.final) this.messages += 1
    }
    this.#left = frame.length
    return frame.size
  }

  #judge(frame: FrameHeader): Violation | undefined {
    const { final, reserved, opcode, masked, length, minimal } = frame
    if (reserved) return broken('a reserved bit is set')
    if (masked !== this.#rules.masked) return broken(masked ? 'a frame from the service is masked' : 'a frame from the client is not masked')
    if (!minimal) return broken('a length is not written in the fewest bytes')
    if (opcode >= close) {
      if (opcode > pong) return broken('an opcode is reserved')
      if (!final) return broken('a control frame is fragmented')
      return length > maxControl ? broken('a control frame is too long') : undefined
    }
    if (opcode > binary) return broken('an opcode is reserved')
    if ((opcode === continuation) !== (this.#message !== undefined)) return broken('fragments are out of order')
    if ((this.#message ?? 0) + length <= this.#rules.maxMessage) return undefined
    return { code: closeCode.tooBig, reason: `a message is larger than ${this.#rules.maxMessage} bytes` }
  }

  #takeClose(data: Buffer, { size, length, masked }: FrameHeader): number {
    if (data.length < size + length) return 0
    const code = length === 0 ? closeCode.none : codeOf(data, size, length, masked)
    if (code === undefined) {
      this.violation = broken('a close code is not valid')
      return 0
    }
    this.closed = code
    return size + length
  }
}

function codeOf(data: Buffer, at: number, length: number, masked: boolean): number | undefined {
  if (length < 2) return undefined
  const mask = masked ? data.readUInt16BE(at - 4) : 0
  const code = data.readUInt16BE(at) ^ mask
  return isSendable(code) ? code : undefined
}

function broken(reason: string): Violation {
  return { code: closeCode.protocolError, reason }
}
