import type { Place } from '../../test/gateway.ts'
import { startNginx } from '../start.ts'
import { greeting, type Data } from './data.ts'

/**
 * Starts an nginx that answers GET /posts, /users/{id}, /users?id=1 and /users?id=1&id=2…, always with all users, and
 * /greet from files. Gives its address.
 */
export async function startBackend(place: Place, { posts, users }: Data): Promise<string> {
  const files = {
    'posts.json': JSON.stringify(posts),
    'greet.json': JSON.stringify(greeting),
    'lists/all.json': JSON.stringify(users),
    ...Object.fromEntries(users.flatMap((user) => [[`users/${user.id}`, JSON.stringify(user)], [`lists/${user.id}.json`, JSON.stringify([user])]])),
  }
  const { url } = await startNginx(place, (port, dir) => `
  open_file_cache max=1000;
  map $args $list { ~^id=(?<one>[0-9]+)$ $one; default all; }
  server {
    listen 127.0.0.1:${port};
    root ${dir};
    default_type application/json;
    types { }
    tcp_nodelay on;
    location = /posts { try_files /posts.json =404; }
    location = /greet { try_files /greet.json =404; }
    location = /users { try_files /lists/$list.json =404; }
    location /users/ { }
  }`, files)
  return url
}
