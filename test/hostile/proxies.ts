import { join } from 'node:path'
import { writeFiles, type Place } from '../gateway.ts'
import { freePorts } from '../free-port.ts'
import { startProgram } from '../program.ts'

/** What a proxy does beyond passing requests on. */
export interface Rules {
  /** A path that is 401, and all below it. */
  guarded?: string
  /** A prefix of paths, and what stands in its place on the way to the service. */
  rewrite?: readonly [from: string, to: string]
}

/** Another program that can stand in front of a service. */
export interface Proxy {
  name: string
  /** Which Debian package brings it. */
  debian: string
  words: (dir: string) => string[]
  /** Its config file, as plain as a sound one is. */
  config: (dir: string, port: number, target: string, rules: Rules) => string
}

const nginx: Proxy = {
  name: 'nginx',
  debian: 'nginx-light',
  words: (dir) => ['-p', dir, '-c', 'proxy.conf', '-e', 'error.log'],
  config: (dir, port, target, { guarded, rewrite: [from, to] = ['/', ''] }) => `
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
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $remote_addr;
    location ${from} { proxy_pass ${target}${to}; }
    ${guarded === undefined ? '' : `location = ${guarded} { return 401; } location ${guarded}/ { return 401; }`}
  }
}
`,
}

const haproxy: Proxy = {
  name: 'haproxy',
  debian: 'haproxy',
  words: (dir) => ['-db', '-f', join(dir, 'proxy.conf')],
  config: (_dir, port, target, { guarded, rewrite }) => `
defaults
  mode http
  option forwardfor
  timeout connect 2s
  timeout client 5s
  timeout server 5s
  timeout http-request 5s
frontend public
  bind 127.0.0.1:${port}
  ${guarded === undefined ? '' : `http-request deny deny_status 401 if { path ${guarded} } or { path_beg ${guarded}/ }`}
  ${rewrite === undefined ? '' : `http-request replace-path ^${rewrite[0]}(.*) ${rewrite[1]}\\1`}
  default_backend s
backend s
  server s ${new URL(target).host}
`,
}

export const proxies: readonly Proxy[] = [nginx, haproxy]

/** Starts a proxy before the service at `target` and gives its address; null where the program is not installed. */
export async function startProxy(place: Place, proxy: Proxy, target: string, rules: Rules): Promise<string | null> {
  const dir = place.testdir()
  const [port = 0] = await freePorts(1)
  writeFiles(dir, { 'proxy.conf': proxy.config(dir, port, target, rules) })
  const child = await startProgram(place, { command: proxy.name, words: proxy.words(dir), port })
  return child === null ? null : `http://127.0.0.1:${port}`
}
