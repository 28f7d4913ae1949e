// GraphiQL over this server: queries by POST, subscriptions as server-sent events. No file comes from elsewhere, so
// the page works in an office without the Internet.
'use strict';

const question = `# 大李官营村 78 岁独居老人现在能用哪些服务？
# What is available in Daliguanying village to a person of 78 who lives alone?
query ($community: AreaCode!, $person: PersonInput, $at: DateTime) {
  availableServices(community: $community, audience: ELDERS, person: $person, at: $at, first: 20) {
    totalCount
    edges {
      verdict
      reasons { code message }
      isOpen
      reachedBy { name level }
      node {
        id name category phone address hours fees
        sources { office sourceFile sourceRow }
      }
    }
  }
}
`;
const variables = JSON.stringify({ community: '130306100209', person: { age: 78, conditions: ['LIVES_ALONE'] } }, null, 2);

const endpoint = '/graphql';

function isSubscription(document, name) {
  const operations = document ? document.definitions.filter((part) => part.kind === 'OperationDefinition') : [];
  const chosen = name ? operations.find((part) => part.name && part.name.value === name) : operations[0];
  return Boolean(chosen) && chosen.operation === 'subscription';
}

function ask(params, headers, accept) {
  return fetch(endpoint, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json', accept, ...headers },
    body: JSON.stringify(params),
  });
}

// The results of a subscription, for as long as the reader wants them.
async function* follow(params, headers) {
  const response = await ask(params, headers, 'text/event-stream');
  if (!response.ok) {
    yield await response.json();
    return;
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (text + value).split('\n\n');
      text = blocks.pop();
      for (const block of blocks) {
        const lines = block.split('\n');
        const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5)).join('\n');
        if (lines.includes('event: complete')) return;
        if (lines.includes('event: next')) yield JSON.parse(data);
      }
    }
  } finally {
    reader.cancel();
  }
}

function fetcher(params, options) {
  const headers = (options && options.headers) || {};
  if (isSubscription(options && options.documentAST, params.operationName)) return follow(params, headers);
  return ask(params, headers, 'application/graphql-response+json').then((response) => response.json());
}

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultQuery: question,
    variables,
    defaultEditorToolsVisibility: 'variables',
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
  }),
);
