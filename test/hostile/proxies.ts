import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { writeFiles, type Place } from '../gateway.ts'
import { freePorts } from '../free-port.ts'

/** Another program that can stand in front of a service. */
export interface Proxy {
  name: string
  /** Which Debian package brings it. */
  debian: string
  words: (dir: string) => string[]
  /** Its config file, as plain as a sound one is. */
  config: (dir: string, port: number, target: string) => string
}

const nginx: Proxy = {
  name: 'nginx',
  debian: 'nginx-light',
  words: (dir) => ['-p', dir, '-c', 'proxy.conf', '-e', 'error.log'],
  config: (dir, port, target) => `
daemon off;
master_process off;
pid ${dir}/pid;
error_log ${dir}/error.log;
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/${name};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${target};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}
`,
}

const haproxy: Proxy = {
  name: 'haproxy',
  debian: 'haproxy',
  words: (dir) => ['-db', '-f', join(dir, 'proxy.conf')],
  config: (_dir, port, target) => `
defaults
  mode http
  option forwardfor
  timeout connect 2s
  timeout client 5s
  timeout server 5s
  timeout http-request 5s
frontend public
  bind 127.0.0.1:${port}
  default_backend s
backend s
  server s ${new URL(target).host}
`,
}

export const proxies: readonly Proxy[] = [nginx, haproxy]

/** Starts a proxy before the service at `target` and gives its address; null where the program is not installed. */
export async function startProxy(place: Place, proxy: Proxy, target: string): Promise<string | null> {
  const dir = place.testdir()
  const [port = 0] = await freePorts(1)
  writeFiles(dir, { 'proxy.conf': proxy.config(dir, port, target) })
  // Debian keeps servers where only root looks for programs.
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin` }
  const child = spawn(proxy.name, proxy.words(dir), { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  try {
    await once(child, 'spawn')
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return null
    throw thrown
  }
  place.teardown(() => stop(child))
  if (!await listens(child, port)) throw new Error(`${proxy.name} did not start: ${said}`)
  return `http://127.0.0.1:${port}`
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

/** Whether it takes connections within five seconds. */
async function listens(child: ChildProcess, port: number): Promise<boolean> {
  for (let tries = 0; tries < 100 && !hasEnded(child); tries++) {
    const socket = connect(port, '127.0.0.1')
    const open = await once(socket, 'connect').then(() => true, () => false)
    socket.destroy()
    if (open) return !hasEnded(child)
    await delay(50)
  }
  return false
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
