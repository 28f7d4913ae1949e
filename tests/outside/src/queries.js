// What relay-compiler reads: the questions that clients.mjs asks through Relay.
import { graphql } from "relay-runtime";

graphql`
  query queriesHistoryQuery($id: ID!) {
    resource(id: $id) { id name versions { from resource { resourceId name } } }
  }
`;

graphql`
  query queriesPastQuery($id: ID!, $at: Position) {
    resource(id: $id, asOfPosition: $at) { id name }
  }
`;
