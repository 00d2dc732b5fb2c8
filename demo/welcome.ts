/** What the demo says when all runs: where everything is, and what to try first. */
export function welcome(gateway: string, token: string): string {
  const query = '{ me { name orders(first: 3) { id total { amount currency } } } }'
  return `
A token for user 42 is in these commands (another: npm run --silent token -- --user 7).

REST
curl -H "authorization: Bearer ${token}" ${gateway}/api/orders

GraphQL
curl -H "authorization: Bearer ${token}" -H "content-type: application/json" \\
  -d '${JSON.stringify({ query })}' ${gateway}/graphql

Playground: ${gateway}/graphql
API docs:   ${gateway}/docs
Stop with Ctrl-C.
`
}

/** One line a process: its name, its address, its id. */
export function describeProcess(name: string, url: string, pid: number | undefined): string {
  return `${name.padEnd(10)}${url}  (process ${String(pid)})\n`
}
