import type { Clock } from '../../clock.ts'

/** Calls a service is always given: enough to go on learning. */
const floor = 4
/** How much slower than usual answers may come before the limit is lowered. */
const tolerance = 1.3
/** How far the limit goes towards what a window asks for, and the usual latency towards the window's. */
const smoothing = 0.5
const drift = 0.2
/** A window is over when it has lasted so many ms and seen so many calls. */
const shortest = 100
const fewest = 30
/** A probe gives the service this share of the limit; between two is so many times what one takes. */
const probeShare = 0.25
const probeEvery = 20

/**
 * Learns how many calls a service can work on at a time from how long it takes for them. Calls are watched in
 * windows; after each the limit is multiplied by how the usual latency compares with the window's, and gets
 * room for a short queue, the limit's square root. The share of calls that were dropped lowers it further, by
 * half where all were.
 *
 * After Netflix's concurrency-limits (Gradient2). There the usual latency is a long average, which under a
 * standing overload learns the overload, and the limit drifts up. Here it is measured: every 10 seconds, and
 * when the limit has fallen by half, one window gets a quarter of the limit (a probe, as Envoy's adaptive
 * concurrency does), which a service that is not much over its capacity answers without a queue. Beginning
 * small, the limit grows by half with each window until answers slow down, as in TCP's slow start. Times are
 * the clock's `elapsed`, in ms.
 */
export class AdaptiveLimit {
  readonly #floor: number
  readonly #max: number
  readonly #clock: Clock
  #estimate: number
  /** Latency without a queue, in ms, as far as it is known. */
  #usual: number | undefined
  #starting = true
  #probing = false
  #probeAt: number
  /** The limit at the last probe. */
  #probed: number
  #window: Window

  /** `max` is the most that the limit may grow to. */
  constructor(max: number, clock: Clock) {
    this.#floor = Math.min(floor, max)
    this.#max = max
    this.#clock = clock
    this.#estimate = this.#floor
    this.#probed = this.#floor
    this.#window = new Window(clock.elapsed())
    this.#probeAt = this.#window.begun + probeInterval(0)
  }

  /** How many calls may be at work now. */
  get current(): number {
    return Math.floor(this.#probing ? Math.max(this.#floor, this.#estimate * probeShare) : this.#estimate)
  }

  /** A call of `begun` is answered, and `working` are at work, this one included. */
  answered(begun: number, working: number): void {
    // What began under another limit says nothing of this one.
    if (begun < this.#window.begun) return
    this.#window.answered(this.#clock.elapsed() - begun, working)
    this.#turn()
  }

  /** A call came to nothing since the service could not keep up. */
  dropped(working: number): void {
    this.#window.dropped(working)
    this.#turn()
  }

  #turn(): void {
    const window = this.#window
    const now = this.#clock.elapsed()
    if (now - window.begun < shortest || window.calls < fewest) return
    if (this.#probing) this.#endProbe(window, now)
    else this.#learn(window, now)
    this.#window = new Window(now)
  }

  #endProbe(window: Window, now: number): void {
    const lasted = now - window.begun
    const known = this.#usual ?? window.latency
    this.#probing = false
    this.#usual = window.latency ?? known
    // Where the probe was lighter than what was thought light, the next one may be lighter still.
    const lighter = known !== undefined && window.latency !== undefined && window.latency < 0.9 * known
    this.#probeAt = now + (lighter ? probeInterval(lasted) / 10 : probeInterval(lasted))
  }

  #learn(window: Window, now: number): void {
    const latency = window.latency ?? this.#usual
    this.#usual ??= latency
    if (latency !== undefined && this.#usual !== undefined) {
      const busy = window.peak >= this.#estimate / 2
      if (!busy || latency < this.#usual) this.#usual += (latency - this.#usual) * drift
      // A limit that nothing comes near is not what the latency speaks of.
      if (busy) this.#adjust(window, (tolerance * this.#usual) / latency)
    }
    if (now >= this.#probeAt || this.#estimate <= this.#probed / 2) {
      this.#probing = true
      this.#probed = this.#estimate
    }
  }

  #adjust(window: Window, gradient: number): void {
    const factor = Math.min(1, Math.max(0.5, gradient)) * (1 - window.dropShare / 2)
    if (factor < 1) this.#starting = false
    const wanted = this.#starting ? this.#estimate * 2 : this.#estimate * factor + Math.sqrt(this.#estimate)
    const next = this.#estimate + (wanted - this.#estimate) * smoothing
    this.#estimate = Math.min(this.#max, Math.max(this.#floor, next))
  }
}

/**
 * In ms, after a probe that took so long: probes of a slow service take long, and cost what they leave idle.
 */
function probeInterval(lasted: number): number {
  return Math.max(10_000, probeEvery * lasted)
}

/** What was seen under one limit. */
class Window {
  readonly begun: number
  #answers = 0
  #ms = 0
  #drops = 0
  #peak = 0

  constructor(begun: number) {
    this.begun = begun
  }

  answered(ms: number, working: number): void {
    this.#answers += 1
    this.#ms += ms
    this.#peak = Math.max(this.#peak, working)
  }

  dropped(working: number): void {
    this.#drops += 1
    this.#peak = Math.max(this.#peak, working)
  }

  get calls(): number {
    return this.#answers + this.#drops
  }

  /** The mean, in ms; undefined without an answer. */
  get latency(): number | undefined {
    return this.#answers === 0 ? undefined : this.#ms / this.#answers
  }

  get dropShare(): number {
    return this.#drops / this.calls
  }

  /** Most calls at work at a time. */
  get peak(): number {
    return this.#peak
  }
}
