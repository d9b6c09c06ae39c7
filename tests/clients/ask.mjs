// The official client for Node, asked for one thing: `node ask.mjs SCENARIO`; what came of it goes to standard output.
import { createRequire } from "node:module";

const require = createRequire(process.env.CLIENTS_NODE + "/");
const { default: OpenAI, toFile } = require("openai");
const client = new OpenAI();
const model = "gpt-4o-mini";
const messages = [{ role: "user", content: "Which planet is red?" }];
const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };

const format = {
  type: "json_schema",
  json_schema: {
    name: "planet",
    strict: true,
    schema: {
      type: "object",
      properties: { name: { type: "string" }, moons: { type: "integer" } },
      required: ["name", "moons"],
      additionalProperties: false,
    },
  },
};

const scenarios = {
  async plain() {
    return (await client.chat.completions.create({ model, messages })).choices[0].message.content;
  },
  async streamed() {
    let text = "";
    for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
      text += chunk.choices[0]?.delta?.content ?? "";
    }
    return text;
  },
  async helper() {
    const stream = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
    let deltas = "";
    stream.on("content", (delta) => (deltas += delta));
    const said = await stream.finalContent();
    return [said, deltas, (await stream.totalUsage()).total_tokens > 0];
  },
  async tools() {
    const seen = [];
    const weather = {
      name: "get_weather",
      parameters,
      parse: JSON.parse,
      function: (given) => (seen.push(given), "rain"),
    };
    const asked = [{ role: "user", content: "What is the weather in Oslo?" }];
    const tools = [{ type: "function", function: weather }];
    const said = await client.chat.completions.runTools({ model, messages: asked, tools }).finalContent();
    return [seen, said];
  },
  async streamed_tools() {
    const seen = [];
    const weather = {
      name: "get_weather",
      parameters,
      parse: JSON.parse,
      function: (given) => (seen.push(given), "rain"),
    };
    const asked = [{ role: "user", content: "What is the weather in Oslo?" }];
    const tools = [{ type: "function", function: weather }];
    const runner = client.chat.completions.runTools({ model, messages: asked, tools, stream: true });
    return [await runner.finalContent(), seen];
  },
  async structured() {
    const answer = await client.chat.completions.parse({ model, messages, response_format: format });
    return answer.choices[0].message.parsed;
  },
  async response() {
    return (await client.responses.create({ model, input: messages[0].content })).output_text;
  },
  async streamed_response() {
    const stream = client.responses.stream({ model, input: messages[0].content });
    let text = "";
    stream.on("response.output_text.delta", (event) => (text += event.delta));
    const final = await stream.finalResponse();
    return [text, final.output_text, final.status];
  },
  async embeddings() {
    const answer = await client.embeddings.create({ model: "text-embedding-3-small", input: ["a", "b"] });
    return answer.data.map((row) => row.embedding.length);
  },
  async upload() {
    const file = await toFile(Buffer.from('{"a": 1}\n'), "rows.jsonl");
    const made = await client.files.create({ file, purpose: "batch" });
    return [made.filename, made.bytes, await (await client.files.content(made.id)).text()];
  },
  async pages() {
    const names = [];
    for await (const known of client.models.list()) names.push(known.id);
    return names.includes(model);
  },
  async refused() {
    const error = await client.chat.completions.create({ model, messages, temperature: 9 }).catch((error) => error);
    return [error.constructor.name, error.status, error.code, error.param];
  },
  async broken() {
    return scenarios.streamed().then(
      (text) => ["whole", text],
      (error) => ["broken", error.constructor.name],
    );
  },
  async missed() {
    const error = await scenarios.plain().catch((error) => error);
    return [error.constructor.name, error.status, error.code, error.message];
  },
};

console.log(JSON.stringify(await scenarios[process.argv[2]]()));
