// The schema, as the server tells of it: types with their descriptions, found by a word, and a query to begin with.
'use strict';

const INTROSPECTION = `query {
  __schema {
    queryType { name } subscriptionType { name }
    types {
      kind name description specifiedByURL
      fields(includeDeprecated: true) {
        name description isDeprecated deprecationReason
        args { name description defaultValue type { ...T } }
        type { ...T }
      }
      inputFields { name description defaultValue type { ...T } }
      enumValues(includeDeprecated: true) { name description }
    }
  }
}
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`;

const types = new Map();
let roots = [];

const written = (type) => {
  if (type.kind === 'NON_NULL') return `${written(type.ofType)}!`;
  if (type.kind === 'LIST') return `[${written(type.ofType)}]`;
  return type.name;
};
const named = (type) => (type.ofType ? named(type.ofType) : type.name);

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function button(text, className, act) {
  const made = element('button', text, className);
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}

const link = (type) => button(written(type), 'link', () => open(named(type)));

// A member of a type: a field with its arguments, a field of an input, a value.
function member(type, one) {
  const term = element('dt');
  term.append(one.name);
  const about = element('dd', one.description);
  if (one.type) term.append(': ', link(one.type));
  if (one.defaultValue != null) term.append(` = ${one.defaultValue}`);
  if (one.isDeprecated) about.append(` (${one.deprecationReason})`);
  if (roots.includes(type.name)) {
    const use = button('写入查询 Use', 'use', () => begin(type, one));
    use.setAttribute('aria-label', `写入查询 Use ${one.name}`);
    term.append(use);
  }
  const args = (one.args || []).map((argument) => member({}, argument)).flat();
  if (args.length > 0) {
    const list = element('dl');
    list.append(...args);
    const folded = element('details');
    folded.append(element('summary', `参数 Arguments (${one.args.length})`), list);
    about.append(folded);
  }
  return [term, about];
}

function whole(type) {
  const section = element('section');
  section.append(element('h3', `${type.kind.toLowerCase().replace('_', ' ')} ${type.name}`), element('p', type.description));
  const members = [...(type.fields || []), ...(type.inputFields || []), ...(type.enumValues || [])];
  const list = element('dl');
  list.append(...members.flatMap((one) => member(type, one)));
  section.append(list);
  return section;
}

function open(name) {
  part('find').value = '';
  part('schema').replaceChildren(whole(types.get(name)));
  part('schema').scrollTop = 0;
  trail(name);
}

function trail(name) {
  const steps = roots.map((root) => button(root, 'link', () => open(root)));
  if (name && !roots.includes(name)) steps.push(element('code', name));
  part('trail').replaceChildren(...steps.flatMap((step) => [step, ' ']));
}

// Everything in whose name or description the word stands.
function find(word) {
  const lower = word.toLowerCase();
  const has = (one) => one.name.toLowerCase().includes(lower) || (one.description || '').toLowerCase().includes(lower);
  const list = element('dl');
  for (const type of types.values()) {
    if (has(type)) {
      const term = element('dt');
      term.append(link(type));
      list.append(term, element('dd', type.description));
    }
    for (const one of [...(type.fields || []), ...(type.inputFields || []), ...(type.enumValues || [])].filter(has)) {
      const term = element('dt');
      term.append(link(type), `.${one.name}`);
      list.append(term, element('dd', one.description));
    }
  }
  part('schema').replaceChildren(list.childElementCount > 0 ? list : element('p', '没有找到 Nothing found'));
  trail();
}

// The fields of a type that can be asked for without more ado, and through lists what they hold.
function selection(type, indent, within) {
  const lines = [];
  for (const field of type.fields || []) {
    if (field.args.some((argument) => argument.type.kind === 'NON_NULL' && argument.defaultValue == null)) continue;
    const of = types.get(named(field.type));
    if (!of.fields) lines.push(`${indent}${field.name}`);
    else if (within > 0 && ['edges', 'node', 'pageInfo'].includes(field.name)) {
      lines.push(`${indent}${field.name} {`, ...selection(of, `${indent}  `, within - 1), `${indent}}`);
    }
  }
  return lines.length > 0 ? lines : [`${indent}__typename`];
}

function begin(type, field) {
  const needed = field.args.filter((argument) => argument.type.kind === 'NON_NULL' && argument.defaultValue == null);
  const list = (write) => (needed.length > 0 ? `(${needed.map(write).join(', ')})` : '');
  const of = types.get(named(field.type));
  const inside = of.fields ? [` {`, ...selection(of, '    ', 3), '  }'].join('\n') : '';
  const operation = type.name === roots[0] ? 'query' : 'subscription';
  const declared = list((argument) => `$${argument.name}: ${written(argument.type)}`);
  const passed = list((argument) => `${argument.name}: $${argument.name}`);
  const query = `${operation} ${declared}${declared ? ' ' : ''}{\n  ${field.name}${passed}${inside}\n}\n`;
  put(query, JSON.stringify(Object.fromEntries(needed.map((argument) => [argument.name, ''])), null, 2));
  part('query').focus();
}

(async () => {
  try {
    const response = await send({ query: INTROSPECTION }, 'application/json');
    const { __schema: schema } = (await response.json()).data;
    for (const type of schema.types) if (!type.name.startsWith('__')) types.set(type.name, type);
    roots = [schema.queryType, schema.subscriptionType].filter(Boolean).map((type) => type.name);
    open(roots[0]);
    part('find').addEventListener('input', (event) => {
      const word = event.target.value.trim();
      if (word) find(word);
      else open(roots[0]);
    });
  } catch (error) {
    part('schema').textContent = `结构没有载入 The schema could not be loaded: ${error.message}`;
  }
})();
