// Subscriptions as front ends hold them: the clients graphql-ws (WebSocket) and graphql-sse
// (events). Each is told what happens, and after a lost connection what it missed, once.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient as overSocket } from 'graphql-ws';
import { createClient as overEvents } from 'graphql-sse';
import WebSocket from 'ws';

const { AUDIT_URL: url, AUDIT_TOKEN: token } = process.env;
const headers = { authorization: `Bearer ${token}` };
const BOARD = `subscription Board($since: String, $shown: [ID!]) {
  leadChanged(where: { company: { startsWith: "Audit " } }, since: $since, shown: $shown) {
    what id position lead { id name } } }`;

async function ask(query, variables) {
  const body = JSON.stringify({ query, variables });
  const type = { 'content-type': 'application/json' };
  const answer = await (await fetch(url, { method: 'POST', headers: { ...headers, ...type }, body })).json();
  assert.equal(answer.errors, undefined);
  return answer.data;
}

async function create(name, company) {
  const made = await ask(
    `mutation ($input: LeadCreate!) { createLead(input: $input) {
      lead { id version } userErrors { message } } }`,
    { input: { name, company } },
  );
  assert.deepEqual(made.createLead.userErrors, []);
  return made.createLead.lead;
}

class Follower {
  constructor(client) {
    this.client = client;
    this.told = [];
    this.shown = new Set();
  }

  follow() {
    const variables = { since: this.position, shown: [...this.shown] };
    this.end = this.client.subscribe(
      { query: BOARD, variables },
      {
        next: ({ data, errors }) => {
          assert.equal(errors, undefined);
          const change = data.leadChanged;
          this.position = change.position;
          if (!change.id) return;
          this.told.push([change.what, change.lead?.name ?? change.id]);
          this.shown[change.lead ? 'add' : 'delete'](change.id);
        },
        error: (problem) => { throw problem; },
        complete: () => {},
      },
    );
  }

  async until(count) {
    for (let tries = 0; this.told.length < count; tries += 1) {
      assert.ok(tries < 400, `told ${JSON.stringify(this.told)}, not ${count}`);
      await pause(50);
    }
    return this.told;
  }
}

async function live(name, client) {
  const company = `Audit ${name}`;
  const follower = new Follower(client);
  follower.follow();
  await pause(500);
  const first = await create('one', company);
  await follower.until(1);
  follower.end();
  await pause(200);
  await ask(
    `mutation ($id: ID!, $version: Int!) {
      updateLead(id: $id, version: $version, patch: { name: "changed" }) { userErrors { message } } }`,
    first,
  );
  await create('two', company);
  follower.follow();
  const told = (await follower.until(3)).map(([, text]) => text);
  follower.end();
  assert.equal(told[0], 'one');
  assert.deepEqual(told.slice(1).sort(), ['changed', 'two']);
  await pause(500);
  assert.equal(follower.told.length, 3, 'told more than happened');
  return told.length;
}

const socket = overSocket({
  url: url.replace(/^http/, 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: headers,
  lazyCloseTimeout: 0,
});
const told = await live('socket', socket);
await socket.dispose();
const events = overEvents({ url, headers, singleConnection: false });
const same = await live('events', events);
events.dispose();
console.log(`${told} changes over graphql-ws, ${same} over graphql-sse, none twice`);
process.exit(0);
