"""What a provider may be unable to do without breaking the API: what cases need, and provider files name."""

from __future__ import annotations

from collections.abc import Mapping

CAPABILITIES: Mapping[str, str] = {
    "auth": "refuses a key that it doesn't know",
    "background": "answers in the background, to be asked for later",
    "compact": "makes a conversation's items fewer",
    "completions": "has the legacy completions",
    "conversations": "keeps conversations",
    "custom-tools": "calls tools with text in the place of JSON",
    "developer-role": "takes messages of the developer",
    "dimensions": "gives embeddings as short as was asked for",
    "echo": "repeats the prompt in a legacy completion",
    "embeddings": "has embeddings",
    "input-tokens": "counts the tokens of a response's input",
    "json-object": "answers with some JSON object",
    "json-schema": "answers with JSON of a given schema",
    "logprobs": "tells the log probabilities of tokens",
    "models": "lists its models",
    "n": "gives several choices at once",
    "named-tool": "calls the very tool that was named",
    "parallel-tool-calls": "calls several tools at once",
    "reasoning": "thinks before it answers, as long as it is told to",
    "required-tool": "calls some tool when told to",
    "responses": "has the Responses API",
    "several-images": "sees several images in a conversation",
    "store": "keeps responses, to be read, gone on from and deleted",
    "stored-chats": "keeps chat completions, to be read and deleted",
    "strict-tools": "calls tools with nothing but arguments of their schema",
    "tool-call-ids": "holds each tool's result to the id of a call",
    "tools": "calls tools",
    "vision": "sees images",
    "web-search": "searches the web by itself",
}
"""Name -> what is meant, after "the provider"."""
