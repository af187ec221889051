// A Relay front end's list of customers, one of them with orders, and a mutation.
import { graphql } from 'relay-runtime';

export const customersQuery = graphql`
  query customersQuery($count: Int!) {
    ...customersList @arguments(count: $count)
  }
`;

export const customersList = graphql`
  fragment customersList on Query
  @refetchable(queryName: "customersListPage")
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }) {
    parties(first: $count, after: $cursor, orderBy: [{ name: ASC }])
      @connection(key: "customersList_parties") {
      totalCount
      edges {
        node {
          id
          name
        }
      }
    }
  }
`;

export const customersOrders = graphql`
  fragment customersOrders on Party
  @refetchable(queryName: "customersOrdersPage")
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }) {
    salesOrders(first: $count, after: $cursor) @connection(key: "customersOrders_salesOrders") {
      edges {
        node {
          id
          number
          ... on Node {
            __id
          }
        }
      }
    }
  }
`;

export const customersRename = graphql`
  mutation customersRenameMutation($id: ID!, $version: Int!, $patch: PartyPatch!) {
    updateParty(id: $id, version: $version, patch: $patch) {
      party {
        id
        version
        name
      }
      userErrors {
        path
        message
      }
    }
  }
`;

export const customersDelete = graphql`
  mutation customersDeleteMutation($id: ID!, $version: Int!, $lists: [ID!]!) {
    deleteParty(id: $id, version: $version) {
      deletedId @deleteRecord @deleteEdge(connections: $lists)
      userErrors {
        message
      }
    }
  }
`;
