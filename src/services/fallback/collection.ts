/** Memory for bodies on their way, in bytes. Where it is full the one that takes longest is given up: it may not end. */
export class Room {
  readonly #most: number
  /** The longest under way first. */
  readonly #open = new Set<Collection>()
  #bytes = 0

  constructor(most: number) {
    this.#most = most
  }

  enter(collection: Collection): void {
    this.#open.add(collection)
  }

  grow(collection: Collection, bytes: number): void {
    this.#bytes += bytes
    if (collection.bytes > this.#most) return collection.drop()
    for (const oldest of this.#open) {
      if (this.#bytes <= this.#most) break
      oldest.drop()
    }
  }

  leave(collection: Collection): void {
    this.#open.delete(collection)
    this.#bytes -= collection.bytes
  }

  clear(): void {
    for (const collection of this.#open) collection.drop()
  }
}

/** The body of an answer, collected while it goes to its client. */
export class Collection {
  readonly #room: Room
  readonly #whole: (body: Buffer) => void
  #chunks: Buffer[] = []
  #over = false
  bytes = 0

  /** `whole` is given the body when all of it has come, unless it was given up. */
  constructor(room: Room, whole: (body: Buffer) => void) {
    this.#room = room
    this.#whole = whole
    room.enter(this)
  }

  add(chunk: Buffer): void {
    if (this.#over) return
    this.#chunks.push(chunk)
    this.bytes += chunk.length
    this.#room.grow(this, chunk.length)
  }

  finish(): void {
    if (this.#over) return
    const body = Buffer.concat(this.#chunks)
    this.drop()
    this.#whole(body)
  }

  drop(): void {
    if (this.#over) return
    this.#over = true
    this.#chunks = []
    this.#room.leave(this)
  }
}
