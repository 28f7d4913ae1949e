// A Huiju of its own for the tests: the demonstration in a folder that goes with it.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

function freePort() {
  return new Promise((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}

export async function start() {
  const folder = mkdtempSync(join(tmpdir(), "huiju-outside-"));
  const port = await freePort();
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("HUIJU_")));
  const server = spawn(process.env.HUIJU, ["up", "--demo", "--data", folder, "--listen", `127.0.0.1:${port}`], {
    env: environment,
    stdio: ["ignore", "pipe", "ignore"],
  });
  await new Promise((ready, failed) => {
    let said = "";
    server.stdout.on("data", (chunk) => {
      said += chunk;
      if (said.includes("已就绪")) ready();
    });
    server.on("exit", (code) => failed(new Error(`huiju ended with ${code}`)));
  });
  const base = `http://127.0.0.1:${port}`;
  return {
    base,
    graphql: `${base}/graphql`,
    socket: `ws://127.0.0.1:${port}/graphql`,
    async command(method, path, { token, key, body } = {}) {
      const headers = { "content-type": "application/json" };
      if (token) headers.authorization = `Bearer ${token}`;
      if (key) headers["idempotency-key"] = key;
      const answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return JSON.parse(text);
    },
    async ask(query, variables, token) {
      const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
      const answer = await fetch(this.graphql, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
      return answer.json();
    },
    async signIn(name) {
      return (await this.command("POST", "/session", { body: { account: name, password: name } })).token;
    },
    async stop() {
      server.removeAllListeners("exit");
      const ended = new Promise((end) => server.once("exit", end));
      server.kill("SIGINT");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
