// What partner departments use over Huiju as it is: that the past does not go over the present in caches that keep objects by their
// ids, that a null is never taken for no filter, that what failed stands beside what did not, and that who follows misses nothing.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { composeServices } from "@apollo/composition";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { map } from "rxjs";
import { Client, fetchExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { persistedExchange } from "@urql/exchange-persisted";
import { parse } from "graphql";
import { createClient } from "graphql-ws";
import relay from "relay-runtime";
import WebSocket from "ws";
import { start } from "./huiju.mjs";
import historyQuery from "./src/__generated__/queriesHistoryQuery.graphql.js";
import pastQuery from "./src/__generated__/queriesPastQuery.graphql.js";

const HISTORY = "query ($id: ID!) { resource(id: $id) { id name versions { from resource { resourceId name } } } }";
const PAST = "query ($id: ID!, $at: Position) { resource(id: $id, asOfPosition: $at) { id name } }";
/** urql breaks its request off when it has what it wants, which Node tells nobody but the test that runs by then. */
const whole = (url, options) => fetch(url, { ...options, signal: undefined });
const NAME = "query ($id: ID!) { resource(id: $id) { id name } }";

let huiju, clerk, resource, registration, first;
let renamed = 0;

/** Gives the registration another name; the position from which that is known. */
async function rename(name) {
  const path = `/api/clinic/registrations/${registration}`;
  const { registration: form } = await huiju.command("GET", path, { token: clerk });
  renamed += 1;
  const body = { ...form, name };
  const { position } = await huiju.command("PUT", path, { token: clerk, key: `rename-${renamed}`, body });
  const known = await huiju.ask("query ($at: Position) { position(atLeast: $at) }", { at: position });
  assert.equal(known.errors, undefined, JSON.stringify(known));
  return position;
}

before(async () => {
  huiju = await start();
  clerk = await huiju.signIn("demo-clinic");
  // One that stands alone, so that its name is the resource's.
  const query = "{ registrations(office: CLINIC, first: 200) { nodes { id resource { id sources { id } } } } }";
  const { data } = await huiju.ask(query, {}, clerk);
  const alone = data.registrations.nodes.find((node) => node.resource?.sources.length === 1);
  [registration, resource] = [alone.id, alone.resource.id];
  await rename("改名一次的卫生站");
  await rename("改名两次的卫生站");
  const history = (await huiju.ask(HISTORY, { id: resource })).data.resource.versions;
  first = history.at(-1).from;
  assert.ok(history.length >= 3);
});

after(() => huiju?.stop());

/** What a version of the past is called is not what the resource is called. */
function isHistory(answer) {
  assert.equal(answer.name, "改名两次的卫生站");
  const names = answer.versions.map((version) => version.resource.name);
  assert.equal(names[0], "改名两次的卫生站");
  assert.equal(names[1], "改名一次的卫生站");
  assert.equal(new Set(names).size, names.length, `${names}`);
}

test("Apollo keeps the present where history is asked for, and past the cache where the answer says so", async () => {
  const bypass = [];
  const notes = new ApolloLink((operation, forward) =>
    forward(operation).pipe(map((result) => (bypass.push(result.extensions?.asOf?.clientCache), result))),
  );
  const link = ApolloLink.from([notes, new HttpLink({ uri: huiju.graphql })]);
  const client = new ApolloClient({ cache: new InMemoryCache(), link });
  isHistory((await client.query({ query: gql(HISTORY), variables: { id: resource } })).data.resource);
  const kept = () => client.cache.extract()[`Resource:${resource}`].name;
  assert.equal(kept(), "改名两次的卫生站");
  const past = { query: gql(PAST), variables: { id: resource, at: first }, fetchPolicy: "no-cache" };
  assert.notEqual((await client.query(past)).data.resource.name, kept());
  assert.equal(kept(), "改名两次的卫生站");
  assert.deepEqual(bypass, [undefined, "BYPASS"]);
});

test("urql keeps the present where history is asked for", async () => {
  const exchanges = [cacheExchange({ keys: { PastResource: () => null, ResourceVersion: () => null } }), fetchExchange];
  const client = new Client({ url: huiju.graphql, exchanges, fetch: whole, preferGetMethod: false });
  const answer = await client.query(HISTORY, { id: resource }).toPromise();
  assert.equal(answer.error, undefined);
  isHistory(answer.data.resource);
  const kept = await client.query(NAME, { id: resource }, { requestPolicy: "cache-only" }).toPromise();
  assert.equal(kept.data.resource.name, "改名两次的卫生站");
});

test("Relay keeps the present where history is asked for, and the past in an environment of its own", async () => {
  const environment = () => {
    const network = relay.Network.create(async (parameters, variables) => huiju.ask(parameters.text, variables));
    return new relay.Environment({ network, store: new relay.Store(new relay.RecordSource()) });
  };
  const [present, past] = [environment(), environment()];
  isHistory((await relay.fetchQuery(present, historyQuery, { id: resource }).toPromise()).resource);
  const then = await relay.fetchQuery(past, pastQuery, { id: resource, at: first }).toPromise();
  const kept = () => present.getStore().getSource().get(resource).name;
  assert.notEqual(then.resource.name, kept());
  assert.equal(kept(), "改名两次的卫生站");
});

test("A null for what must be given is an error in every client, and never everything", async () => {
  const query = "query ($office: Office!) { registrations(office: $office, first: 5) { totalCount } }";
  const apollo = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: huiju.graphql }) });
  for (const variables of [{ office: null }, {}]) {
    const asked = apollo.query({ query: gql(query), variables, errorPolicy: "all", fetchPolicy: "no-cache" });
    const answer = await asked.catch((error) => ({ error }));
    assert.ok(answer.error, "Apollo");
    assert.equal(answer.data ?? null, null);
    const urql = new Client({ url: huiju.graphql, exchanges: [fetchExchange], fetch: whole, preferGetMethod: false });
    const other = await urql.query(query, variables).toPromise();
    assert.equal(other.error?.graphQLErrors[0]?.extensions.code, "BAD_VARIABLE");
    assert.equal(other.data ?? null, null);
  }
});

test("Apollo and urql name a document by its digest once they have sent it", async () => {
  const query = "query Named($id: ID!) { resource(id: $id) { id kind category name } }";
  const variables = { id: resource };
  // As it goes over the wire: both by GET where the digest is enough, urql by GET with the text as well.
  const sent = [];
  const watched = (by) => (url, options) => {
    const query = options.method === "GET" ? new URL(url).searchParams.get("query") : JSON.parse(options.body).query;
    sent.push(query ? "text" : "digest");
    return by(url, options);
  };
  const sha256 = async (text) => createHash("sha256").update(text).digest("hex");
  const apollo = () => {
    const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries: true });
    const link = ApolloLink.from([persisted, new HttpLink({ uri: huiju.graphql, fetch: watched(fetch) })]);
    return new ApolloClient({ cache: new InMemoryCache(), link });
  };
  for (const expected of [["digest", "text"], ["digest"]]) {
    sent.length = 0;
    const answer = await apollo().query({ query: gql(query), variables });
    assert.equal(answer.data.resource.name, "改名两次的卫生站");
    assert.deepEqual(sent, expected, "Apollo");
  }
  const exchanges = [persistedExchange({ preferGetForPersistedQueries: true }), fetchExchange];
  for (const expected of [["digest", "text"], ["digest"]]) {
    sent.length = 0;
    const urql = new Client({ url: huiju.graphql, exchanges, fetch: watched(whole), preferGetMethod: false });
    const answer = await urql.query(query.replace("Named", "Other"), variables).toPromise();
    assert.equal(answer.error, undefined);
    assert.equal(answer.data.resource.name, "改名两次的卫生站");
    assert.deepEqual(sent, expected, "urql");
  }
});

test("Another department's subgraph composes with it, and refers to its resources and divisions", async () => {
  const { data } = await huiju.ask("{ _service { sdl } }");
  const other = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@shareable"])
    type Query { visits: [Visit!]! }
    type Visit { at: String! of: Resource! in: Area! by: Organization! }
    type Resource @key(fields: "id", resolvable: false) { id: ID! }
    type Area @key(fields: "code", resolvable: false) { code: AreaCode! }
    type Organization @key(fields: "id", resolvable: false) { id: ID! }
    scalar AreaCode
    type PageInfo @shareable { hasNextPage: Boolean! }`;
  const subgraphs = [["huiju", data._service.sdl], ["visits", other]];
  const composed = composeServices(subgraphs.map(([name, sdl]) => ({ name, url: huiju.graphql, typeDefs: parse(sdl) })));
  assert.deepEqual(composed.errors ?? [], []);
  assert.match(composed.supergraphSdl, /join__type\(graph: HUIJU, key: "id"\)/);
  const whose = await huiju.ask("query ($id: ID!) { resource(id: $id) { provider { id name } } }", { id: resource });
  const { provider } = whose.data.resource;
  const query = `query ($of: [_Any!]!) { _entities(representations: $of) { __typename
    ... on Resource { name } ... on Area { name } ... on Organization { id name } } }`;
  const of = [
    { __typename: "Organization", id: provider.id },
    { __typename: "Resource", id: resource },
    { __typename: "Area", code: "130306100209" },
    { __typename: "Resource", id: "13030600-0000-8000-8000-00000000ffff" },
  ];
  const answer = await huiju.ask(query, { of });
  assert.equal(answer.errors, undefined, JSON.stringify(answer));
  assert.deepEqual(answer.data._entities, [
    { __typename: "Organization", ...provider },
    { __typename: "Resource", name: "改名两次的卫生站" },
    { __typename: "Area", name: "大李官营村委会" },
    null,
  ]);
});

test("What failed is null beside its error, and its neighbours are there", async () => {
  const query = "query ($id: ID!) { resource(id: $id) { id name } handIn(id: $id) { id } }";
  const raw = await huiju.ask(query, { id: resource });
  assert.deepEqual(raw.errors.map(({ path }) => path), [["handIn"]], JSON.stringify(raw));
  const apollo = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: huiju.graphql }) });
  const answer = await apollo.query({ query: gql(query), variables: { id: resource }, errorPolicy: "all" });
  assert.equal(answer.data.resource.name, "改名两次的卫生站");
  assert.equal(answer.data.handIn, null);
  assert.ok(answer.error);
});

test("Who follows with graphql-ws and comes back with the last cursor gets what came between, once", async () => {
  const query = "subscription ($after: String) { directoryChanges(after: $after) { cursor kind name } }";
  const follow = async (variables, wanted) => {
    const client = createClient({ url: huiju.socket, webSocketImpl: WebSocket, retryAttempts: 0 });
    const changes = [];
    for await (const answer of client.iterate({ query, variables })) {
      changes.push(answer.data.directoryChanges);
      if (changes.at(-1).name === wanted) break;
    }
    await client.dispose();
    return changes;
  };
  const { data } = await huiju.ask("{ recentChanges(first: 1) { edges { cursor } } }");
  const from = data.recentChanges.edges[0].cursor;
  await rename("跟随一");
  const seen = await follow({ after: from }, "跟随一");
  const last = seen.at(-1).cursor;
  await rename("跟随二");
  await rename("跟随三");
  const missed = await follow({ after: last }, "跟随三");
  const names = missed.map((change) => change.name);
  assert.ok(names.includes("跟随二"), `${names}`);
  const cursors = [...seen, ...missed].map((change) => change.cursor);
  assert.equal(new Set(cursors).size, cursors.length, "one came twice");
});

test("graphql-codegen makes types of the schema and of questions", () => {
  execFileSync("npx", ["graphql-codegen", "--config", "codegen.json"], { stdio: "pipe" });
  const types = readFileSync("types.ts", "utf8");
  for (const name of ["MainQuery", "HistoryQuery", "PersonInput"]) assert.ok(types.includes(name), name);
});
