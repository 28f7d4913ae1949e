// What graphql-codegen reads: the main question, and history.
export const main = /* GraphQL */ `
  query Main($community: AreaCode!, $person: PersonInput, $after: String) {
    availableServices(community: $community, person: $person, first: 20, after: $after) {
      totalCount
      pageInfo { hasNextPage endCursor }
      edges { cursor verdict reasons { code message } isOpen node { id name phones } }
    }
  }
`;

export const history = /* GraphQL */ `
  query History($id: ID!) {
    resource(id: $id) { id name versions { from to at status resource { resourceId name } } }
  }
`;
