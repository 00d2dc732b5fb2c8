import { randomBytes } from 'node:crypto'

export interface FrameParts {
  opcode?: number
  payload?: Buffer | string
  final?: boolean
  masked?: boolean
  reserved?: boolean
  /** Bytes that the length is written in; the fewest if left out. */
  width?: 0 | 2 | 8
}

/** Builds one frame, right or wrong. */
export function frame({ opcode = 1, payload = '', final = true, masked = true, reserved = false, width }: FrameParts = {}): Buffer {
  const data = Buffer.from(payload)
  const wide = width ?? (data.length < 126 ? 0 : data.length < 65_536 ? 2 : 8)
  const length = Buffer.alloc(wide)
  if (wide === 2) length.writeUInt16BE(data.length)
  if (wide === 8) length.writeBigUInt64BE(BigInt(data.length))
  const short = wide === 0 ? data.length : wide === 2 ? 126 : 127
  const head = Buffer.from([(final ? 0x80 : 0) | (reserved ? 0x40 : 0) | opcode, (masked ? 0x80 : 0) | short])
  if (!masked) return Buffer.concat([head, length, data])
  const mask = randomBytes(4)
  return Buffer.concat([head, length, mask, data.map((byte, index) => byte ^ (mask[index % 4] ?? 0))])
}

export function closing(code: number, masked: boolean, reason = ''): Buffer {
  const payload = Buffer.alloc(2 + reason.length)
  payload.writeUInt16BE(code)
  payload.write(reason, 2)
  return frame({ opcode: 8, payload, masked })
}
