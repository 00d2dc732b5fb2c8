/** The head of one frame (RFC 6455 section 5.2). */
export interface FrameHeader {
  readonly final: boolean
  /** RSV1 to RSV3, which mean nothing without an extension. */
  readonly reserved: boolean
  readonly opcode: number
  readonly masked: boolean
  /** Of the payload, in bytes. */
  readonly length: number
  /** Whether the length is written in the fewest bytes, as it must be. */
  readonly minimal: boolean
  /** Of the head itself, mask included, in bytes. */
  readonly size: number
}

const maskSize = 4

/** Reads the head at `at`; undefined where the data ends within it. */
export function readFrameHeader(data: Buffer, at: number): FrameHeader | undefined {
  if (data.length - at < 2) return undefined
  const first = data.readUInt8(at)
  const second = data.readUInt8(at + 1)
  const masked = (second & 0x80) !== 0
  const short = second & 0x7f
  const size = 2 + (short === 127 ? 8 : short === 126 ? 2 : 0) + (masked ? maskSize : 0)
  if (data.length - at < size) return undefined
  const length = readLength(data, at + 2, short)
  return {
    final: (first & 0x80) !== 0,
    reserved: (first & 0x70) !== 0,
    opcode: first & 0x0f,
    masked,
    length,
    minimal: short < 126 || (short === 126 ? length > 125 : length > 0xffff),
    size,
  }
}

/** Lengths past 2^53 lose digits here, which changes nothing: no limit lets them pass. */
function readLength(data: Buffer, at: number, short: number): number {
  if (short < 126) return short
  if (short === 126) return data.readUInt16BE(at)
  return data.readUInt32BE(at) * 2 ** 32 + data.readUInt32BE(at + 4)
}
