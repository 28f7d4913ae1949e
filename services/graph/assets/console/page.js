// Asks this server: queries by POST, subscriptions as server-sent events. Nothing comes from elsewhere. What was asked
// is kept in this browser alone, and a token not at all.
'use strict';

const part = (id) => document.getElementById(id);

const EXAMPLES = [
  {
    name: '社区里老年人能用的服务 Services for elders in a community',
    query: `# 大李官营村 78 岁独居老人现在能用哪些服务？
# What is available in Daliguanying village to a person of 78 who lives alone?
query ($community: AreaCode!, $person: PersonInput, $at: DateTime) {
  availableServices(community: $community, audience: ELDERS, person: $person, at: $at, first: 20) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges {
      verdict
      reasons { code message }
      isOpen
      reachedBy { name level }
      node { id name category phone address hours fees sources { office sourceFile sourceRow } }
    }
  }
}
`,
    variables: { community: '130306100209', person: { age: 78, conditions: ['LIVES_ALONE'] } },
  },
  {
    name: '按名称查找村、社区 Communities by name',
    query: `query ($name: String!) {
  areas(name: $name, level: VILLAGE, first: 20) {
    totalCount
    nodes { code name path { name } formerNames }
  }
}
`,
    variables: { name: '李官营' },
  },
  {
    name: '一项服务的来源与取值依据 A service: who registered it, why its values are shown',
    query: `query ($id: ID!) {
  resource(id: $id) {
    name status redirectedFrom
    sources { office name sourceFile sourceRow status }
    provenance { field rule winner { office } losing { registration { office } value } }
    versions { at status reason }
  }
}
`,
    variables: { id: '把 availableServices 给出的 id 填在这里 an id from availableServices' },
  },
  {
    name: '实时变化（订阅） Changes as they happen (subscription)',
    query: `subscription ($after: String) {
  directoryChanges(after: $after) { cursor at kind name area { name } office }
}
`,
    variables: { after: null },
  },
  {
    name: '归并记录（需登录） The history of merges (sign in, or give a token)',
    query: `query ($after: String) {
  mergeHistory(first: 20, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      id status probability decidedAt reason
      decidedBy { kind name }
      members { id office name sourceRow }
      evidence { comparison level weight left right }
      undo { by at reason }
    }
  }
}
`,
    variables: {},
  },
];

const HISTORY = 'huiju-console-history';
const KEPT = 20;

let following = null;

const say = (text) => { part('state').textContent = text; };
const shown = (value) => JSON.stringify(value, null, 2);
const isSubscription = (query) => /^\s*subscription\b/m.test(query.replace(/#.*$/gm, ''));

function put(query, variables) {
  part('query').value = query;
  part('variables').value = variables;
}

// What was asked before, the latest first. A browser that keeps nothing has none.
function history() {
  try {
    return JSON.parse(localStorage.getItem(HISTORY)) || [];
  } catch {
    return [];
  }
}

function remember(query, variables) {
  const rest = history().filter((asked) => asked.query !== query || asked.variables !== variables);
  try {
    localStorage.setItem(HISTORY, JSON.stringify([{ query, variables, at: Date.now() }, ...rest].slice(0, KEPT)));
  } catch { /* It is not kept. */ }
  offer();
}

function offer() {
  const group = (label, options) => {
    const element = document.createElement('optgroup');
    element.label = label;
    element.append(...options);
    return element;
  };
  const examples = EXAMPLES.map(({ name }, index) => new Option(name, `example ${index}`));
  const before = history().map((asked, index) => {
    const line = asked.query.replace(/#.*$/gm, '').replace(/\s+/g, ' ').trim().slice(0, 60);
    return new Option(`${new Date(asked.at).toLocaleString()} ${line}`, `before ${index}`);
  });
  if (before.length > 0) before.push(new Option('清除以上记录 Forget these', 'forget'));
  const choose = new Option('请选择 Choose', '');
  part('load').replaceChildren(choose, group('示例 Examples', examples), group('查询过的 Asked before', before));
}

part('load').addEventListener('change', (event) => {
  const [kind, index] = event.target.value.split(' ');
  if (kind === 'example') put(EXAMPLES[index].query, shown(EXAMPLES[index].variables));
  if (kind === 'before') put(history()[index].query, history()[index].variables);
  if (kind === 'forget') localStorage.removeItem(HISTORY);
  offer();
});

function headers(accept) {
  const all = { 'content-type': 'application/json', accept, 'accept-language': part('language').value };
  const token = part('token').value.trim();
  if (token) all.authorization = `Bearer ${token}`;
  return all;
}

function send(request, accept, signal) {
  const body = JSON.stringify(request);
  return fetch('/graphql', { method: 'POST', credentials: 'same-origin', headers: headers(accept), body, signal });
}

// What went wrong, each with its place in the query, which a click leads to.
function showErrors(errors) {
  part('errors').replaceChildren(...(errors || []).map((error) => {
    const item = document.createElement('li');
    const code = error.extensions && error.extensions.code;
    const path = error.path ? ` (${error.path.join('.')})` : '';
    item.textContent = `${code ? `${code}: ` : ''}${error.message}${path} `;
    for (const { line, column } of error.locations || []) {
      const place = document.createElement('button');
      place.type = 'button';
      place.className = 'link';
      place.textContent = `${line}:${column}`;
      place.addEventListener('click', () => {
        const before = part('query').value.split('\n').slice(0, line - 1).join('\n').length;
        const at = before + (line > 1 ? 1 : 0) + column - 1;
        part('query').focus();
        part('query').setSelectionRange(at, at + 1);
      });
      item.append(place, ' ');
    }
    return item;
  }));
}

// An answer; a refusal of the server as a whole (RFC 9457) reads as one error.
function show(answer) {
  part('answer').textContent = shown(answer);
  showErrors(answer.errors || (answer.detail && [{ message: answer.detail, extensions: { code: answer.code } }]));
}

async function ask(request) {
  const began = performance.now();
  const response = await send(request, 'application/graphql-response+json, application/json;q=0.9');
  const text = await response.text();
  show(JSON.parse(text));
  say(`${response.status} · ${Math.round(performance.now() - began)} ms · ${new Blob([text]).size} B`);
}

async function follow(request) {
  following = new AbortController();
  part('stop').disabled = false;
  part('answer').textContent = '';
  const response = await send(request, 'text/event-stream', following.signal);
  if (!response.ok) {
    show(await response.json());
    return;
  }
  say('正在订阅 following');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ''; ;) {
    const { value, done } = await reader.read();
    if (done) {
      say('连接已断 the connection broke off');
      return;
    }
    const blocks = (text + value).split('\n\n');
    text = blocks.pop();
    for (const block of blocks) {
      const lines = block.split('\n');
      if (lines.includes('event: complete')) {
        say('已结束 complete');
        return;
      }
      const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5)).join('\n');
      if (!lines.includes('event: next')) continue;
      const answer = JSON.parse(data);
      if (answer.errors) showErrors(answer.errors);
      part('answer').prepend(`${shown(answer)}\n`);
    }
  }
}

function stop() {
  if (following) following.abort();
  following = null;
  part('stop').disabled = true;
}

// The variables as an object; null, with a word on why, when they are none.
function variables() {
  try {
    return JSON.parse(part('variables').value || '{}');
  } catch (error) {
    say(`变量不是 JSON The variables are not JSON: ${error.message}`);
    part('variables').focus();
    return null;
  }
}

part('stop').addEventListener('click', stop);

part('query').form.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) part('ask').requestSubmit();
});

part('curl').addEventListener('click', async () => {
  const request = { query: part('query').value, variables: variables() };
  if (request.variables === null) return;
  const accept = isSubscription(request.query) ? 'text/event-stream' : 'application/graphql-response+json';
  const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
  const sent = Object.entries(headers(accept)).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`).join(' ');
  const line = `curl -N ${quoted(`${location.origin}/graphql`)} ${sent} -d ${quoted(JSON.stringify(request))}`;
  try {
    await navigator.clipboard.writeText(line);
    say('已复制 copied');
  } catch {
    part('answer').textContent = line;
    say('请从结果栏复制 copy it from the answer');
  }
});

part('ask').addEventListener('submit', async (event) => {
  event.preventDefault();
  stop();
  say('');
  showErrors([]);
  const request = { query: part('query').value, variables: variables() };
  if (request.variables === null) return;
  remember(request.query, part('variables').value);
  try {
    await (isSubscription(request.query) ? follow(request) : ask(request));
  } catch (error) {
    if (error.name !== 'AbortError') say(`没有得到回答 No answer: ${error.message}`);
    else say('已停止 stopped');
  } finally {
    part('stop').disabled = true;
  }
});

offer();
const [latest] = history();
if (latest) put(latest.query, latest.variables);
else put(EXAMPLES[0].query, shown(EXAMPLES[0].variables));
