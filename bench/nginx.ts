/** An nginx in one process of its own that keeps its files in `dir`; `server` is what stands within `http`. */
export function nginxConfig(dir: string, server: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
daemon off;
master_process off;
pid ${dir}/pid;
error_log ${dir}/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 100000000;
  keepalive_timeout 1h;
  ${kinds.map((name) => `${name}_temp_path ${dir}/${name};`).join('\n  ')}
  ${server}
}
`
}

export const nginxWords = (dir: string) => ['-p', dir, '-c', 'proxy.conf', '-e', 'error.log']
