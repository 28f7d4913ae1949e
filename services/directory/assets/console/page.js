// Asks this server: queries by POST, subscriptions as server-sent events. Nothing comes from elsewhere.
'use strict';

const part = (id) => document.getElementById(id);

part('query').value = `# 大李官营村 78 岁独居老人现在能用哪些服务？
# What is available in Daliguanying village to a person of 78 who lives alone?
query ($community: AreaCode!, $person: PersonInput, $at: DateTime) {
  availableServices(community: $community, audience: ELDERS, person: $person, at: $at, first: 20) {
    totalCount
    edges {
      verdict
      reasons { code message }
      isOpen
      reachedBy { name level }
      node { id name category phone address hours fees sources { office sourceFile sourceRow } }
    }
  }
}
`;
part('variables').value = JSON.stringify({ community: '130306100209', person: { age: 78, conditions: ['LIVES_ALONE'] } }, null, 2);

let following = null;

const say = (text) => { part('state').textContent = text; };
const isSubscription = (query) => /^\s*subscription\b/m.test(query.replace(/#.*$/gm, ''));

function send(request, accept, signal) {
  const headers = { 'content-type': 'application/json', accept };
  const token = part('token').value.trim();
  if (token) headers.authorization = `Bearer ${token}`;
  return fetch('/graphql', { method: 'POST', credentials: 'same-origin', headers, body: JSON.stringify(request), signal });
}

const shown = (value) => JSON.stringify(value, null, 2);

async function ask(request) {
  const began = performance.now();
  const response = await send(request, 'application/graphql-response+json');
  part('answer').textContent = shown(await response.json());
  say(`${response.status} · ${Math.round(performance.now() - began)} ms`);
}

async function follow(request) {
  following = new AbortController();
  part('stop').disabled = false;
  part('answer').textContent = '';
  const response = await send(request, 'text/event-stream', following.signal);
  if (!response.ok) {
    part('answer').textContent = shown(await response.json());
    return;
  }
  say('正在订阅 following');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ''; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (text + value).split('\n\n');
    text = blocks.pop();
    for (const block of blocks) {
      const lines = block.split('\n');
      if (lines.includes('event: complete')) return;
      const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5)).join('\n');
      if (lines.includes('event: next')) part('answer').prepend(`${shown(JSON.parse(data))}\n`);
    }
  }
}

function stop() {
  if (following) following.abort();
  following = null;
  part('stop').disabled = true;
}

part('stop').addEventListener('click', stop);
part('ask').addEventListener('submit', async (event) => {
  event.preventDefault();
  stop();
  say('');
  const query = part('query').value;
  let variables;
  try {
    variables = JSON.parse(part('variables').value || '{}');
  } catch (error) {
    say(`变量不是 JSON The variables are not JSON: ${error.message}`);
    part('variables').focus();
    return;
  }
  const request = { query, variables };
  try {
    await (isSubscription(query) ? follow(request) : ask(request));
  } catch (error) {
    if (error.name !== 'AbortError') say(`没有得到回答 No answer: ${error.message}`);
    else say('已停止 stopped');
  } finally {
    part('stop').disabled = true;
  }
});
