// Apollo Client reads a whole connection, page by page, into its cache.
import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { CustomerDocument, CustomersDocument, RecordDocument } from './build/documents.js';

declare const process: { env: Record<string, string>; exitCode: number };

const client = new ApolloClient({
  link: new HttpLink({
    uri: process.env.AUDIT_URL,
    headers: { authorization: `Bearer ${process.env.AUDIT_TOKEN}` },
  }),
  cache: new InMemoryCache({
    possibleTypes: { Node: ['Party', 'SalesOrder', 'Lead'] },
    typePolicies: {
      Query: { fields: { parties: relayStylePagination(['where', 'orderBy']) } },
      Party: { fields: { salesOrders: relayStylePagination(['where', 'orderBy']) } },
    },
  }),
});

function must(holds: boolean, said: string): asserts holds {
  if (!holds) throw new Error(said);
}

const query = CustomersDocument;
const variables = { first: 7 };
await client.query({ query, variables });
const list = client.watchQuery({ query, variables });
const watching = list.subscribe(() => {});
let pages = 1;
let shown = client.readQuery({ query, variables })?.parties;
while (shown?.pageInfo.hasNextPage) {
  await list.fetchMore({ variables: { after: shown.pageInfo.endCursor ?? null } });
  shown = client.readQuery({ query, variables })?.parties;
  pages += 1;
  must(pages < 1000, 'the pages do not end');
}
watching.unsubscribe();
must(shown !== undefined, 'there is no first page');
const ids = shown.edges.map((edge) => edge.node.id);
const names = shown.edges.map((edge) => edge.node.name);
must(ids.length === shown.totalCount, `${ids.length} of ${shown.totalCount} rows came`);
must(new Set(ids).size === ids.length, 'a row came twice');
must(pages === Math.ceil(ids.length / 7) && pages > 2, `${pages} pages`);

// A record that is asked for by its id is the one of the list.
const id = ids.at(-1);
must(id !== undefined, 'the list is empty');
const { data: one } = await client.query({ query: CustomerDocument, variables: { id } });
const { data: same } = await client.query({ query: RecordDocument, variables: { id } });
must(one?.party?.name === names.at(-1), 'the record has another name than in the list');
must(same?.node?.__typename === 'Party' && same.node.id === id, 'node(id) finds another record');
const kept = client.cache.extract() as Record<string, unknown>;
must(`Party:${id}` in kept, 'the cache does not know the record by its id');
console.log(`${ids.length} rows once each, on ${pages} pages`);
client.stop();
