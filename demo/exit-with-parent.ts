/**
 * Loaded into each child with --import, so that a parent that is killed leaves nothing running: its end closes
 * the IPC channel, which no signal can prevent.
 */
const PATIENCE_MS = 3000

function end(): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), PATIENCE_MS).unref()
  process.kill(process.pid, 'SIGTERM')
}

if (process.channel) {
  process.once('disconnect', end)
  // The listener alone must not keep a process alive that is done.
  process.channel.unref()
  if (!process.connected) end()
}
