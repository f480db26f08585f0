/** Runs Node.js clients against the service of an address and prints a JSON line for each feature. */

import assert from "node:assert";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createOpenAI } from "@ai-sdk/openai";
import { embedMany, generateText, streamText } from "ai";
import OpenAI from "openai";

const address = process.argv[2];
const question = "When does the pool close?";
const quote = "The municipal pool 🏊 closes in June. [1]";

const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")).version;

async function check(client, features) {
  for (const [feature, run] of Object.entries(features)) {
    let error = null;
    try {
      await run();
    } catch (raised) {
      error = String(raised);
    }
    console.log(JSON.stringify({ client, feature, error }));
  }
}

const assertQuoted = (text) => assert(text.startsWith(quote), text);
const assertLinked = (url) => assert(url.includes("/?article=") && url.includes("&at=0-36"), url);

async function join(parts, textOf) {
  let text = "";
  for await (const part of parts) text += textOf(part) ?? "";
  return text;
}

const client = new OpenAI({ baseURL: `${address}/v1`, apiKey: "none" });
const asked = { model: "newsqa", messages: [{ role: "user", content: question }] };
const respond = (options) => client.responses.create({ model: "newsqa", input: question, ...options });

await check(`openai ${version("openai")} (Node.js)`, {
  async chat() {
    const chunks = await client.chat.completions.create({ ...asked, stream: true });
    assertQuoted(await join(chunks, (chunk) => chunk.choices[0].delta.content));
    assertQuoted((await client.chat.completions.create(asked)).choices[0].message.content);
  },
  async responses() {
    assertQuoted(await join(await respond({ stream: true }), (event) => event.type.endsWith("text.delta") && event.delta || ""));
    assertQuoted((await respond()).output_text);
  },
  async sources() {
    assertLinked((await client.chat.completions.create(asked)).choices[0].message.annotations[0].url_citation.url);
    assertLinked((await respond()).output[0].content[0].annotations[0].url);
  },
  async embeddings() {
    assert.equal((await client.embeddings.create({ model: "newsqa", input: ["a", "b"] })).data.length, 2);
  },
});

const provider = createOpenAI({ baseURL: `${address}/v1`, apiKey: "none" });

async function assertAnswers(model) {
  assertQuoted((await generateText({ model, prompt: question })).text);
  assertQuoted(await join(streamText({ model, prompt: question }).textStream, (text) => text));
}

await check(`ai ${version("ai")} with @ai-sdk/openai ${version("@ai-sdk/openai")}`, {
  chat: () => assertAnswers(provider.chat("newsqa")),
  responses: () => assertAnswers(provider("newsqa")),
  async sources() {
    for (const model of [provider.chat("newsqa"), provider("newsqa")]) {
      assertLinked((await generateText({ model, prompt: question })).sources[0].url);
    }
  },
  async embeddings() {
    const model = provider.embedding("newsqa");
    assert.equal((await embedMany({ model, values: ["a", "b"] })).embeddings.length, 2);
  },
});

const inspect = (...options) =>
  JSON.parse(
    execFileSync("npx", ["mcp-inspector", "--cli", `${address}/mcp`, "--transport", "http", ...options], { encoding: "utf8" }),
  );

await check(`@modelcontextprotocol/inspector ${version("@modelcontextprotocol/inspector")}`, {
  tools() {
    const names = inspect("--method", "tools/list").tools.map((tool) => tool.name);
    assert.deepEqual(names.sort(), ["ask", "fetch", "search"]);
    const called = inspect("--method", "tools/call", "--tool-name", "ask", "--tool-arg", `question=${question}`);
    assertQuoted(called.structuredContent.answer);
  },
});
