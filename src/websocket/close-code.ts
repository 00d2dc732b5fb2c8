/** Close codes that the gateway itself gives or reports (RFC 6455 section 7.4.1). */
export const closeCode = {
  goingAway: 1001,
  protocolError: 1002,
  /** Never sent: stands for a Close frame without a code. */
  none: 1005,
  /** Never sent: stands for a connection that ended without a Close frame. */
  abnormal: 1006,
  policyViolation: 1008,
  tooBig: 1009,
  internalError: 1011,
} as const

/** 1004 is reserved, and these two with 1015 only say in programs what no frame said. */
const unsendable = new Set<number>([1004, closeCode.none, closeCode.abnormal, 1015])

/** Whether a Close frame may carry the code; codes that nobody has given a meaning yet pass. */
export function isSendable(code: number): boolean {
  return code >= 1000 && code < 5000 && !unsendable.has(code)
}
