import type { Duplex } from 'node:stream'
import { closeFrame } from './close-frame.ts'
import { FrameReader } from './frame-reader.ts'

/** One end of a tunnel: its socket, and what is known of the frames that it sends. */
export class Side {
  readonly name: 'client' | 'service'
  readonly socket: Duplex
  readonly reader: FrameReader

  constructor(name: Side['name'], socket: Duplex, maxMessage: number) {
    this.name = name
    this.socket = socket
    this.reader = new FrameReader({ masked: name === 'client', maxMessage })
  }

  /** Passes on what `from` sent; where this side has enough for now, `from` waits. */
  pass(from: Side, frames: Buffer): void {
    if (frames.length > 0 && this.socket.writable && !this.socket.write(frames)) from.socket.pause()
  }

  /**
   * Ends what this side is sent, with a Close frame where `from` left room for one. Within a frame of `from` there is
   * none, and the socket is destroyed, so that nothing looks whole.
   */
  dismiss(from: Side, code: number, reason: string): void {
    if (!from.reader.betweenFrames) return void this.socket.destroy()
    if (this.socket.writable && from.reader.closed === undefined) this.socket.write(closeFrame(code, reason, this.name === 'service'))
    this.end()
  }

  end(): void {
    this.socket.end()
    // What still comes counts for nothing, but a socket that isn't read never closes.
    this.socket.resume()
  }
}
