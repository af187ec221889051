// The audits of graphql-http: is this GraphQL over HTTP, in every MUST, SHOULD and MAY?
import { auditServer } from 'graphql-http';

const { AUDIT_URL: url, AUDIT_TOKEN: token } = process.env;

function signedIn(address, options = {}) {
  const headers = new Headers(options.headers);
  headers.set('authorization', `Bearer ${token}`);
  return fetch(address, { ...options, headers });
}

const results = await auditServer({ url, fetchFn: signedIn });
const passed = results.filter((one) => one.status === 'ok');
for (const one of results) {
  if (one.status !== 'ok') console.error(`${one.status} ${one.id} ${one.name}: ${one.reason}`);
}
console.log(`${passed.length} of ${results.length} audits`);
process.exitCode = results.length >= 61 && passed.length === results.length ? 0 : 1;
