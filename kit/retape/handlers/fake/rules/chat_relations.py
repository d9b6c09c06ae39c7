"""Rules between the fields of a chat completion."""

from __future__ import annotations

from typing import Any

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.parts import texts
from retape.handlers.fake.rules.relation import Body, Find, Relation, value_error
from retape.handlers.fake.rules.setting import Setting


def only_with(field: str, other: str, *, word: str = "are") -> Find:
    """A field that makes no sense without another one: OpenAI's sentence of tool_choice without tools."""
    sentence = f"Invalid value for '{field}': '{field}' is only allowed when '{other}' {word} specified."

    def find(body: Body, _: Setting) -> Refusal | None:
        return None if body.get(other) or body[field] is None else value_error(sentence, field)

    return find


def enabled(field: str, other: str) -> Find:
    """A field that is only allowed when a flag is set."""
    sentence = f"The '{field}' parameter is only allowed when '{other}' is enabled."

    def find(body: Body, _: Setting) -> Refusal | None:
        return None if body.get(other) or body[field] is None else value_error(sentence, field)

    return find


def _named(choice: Any) -> tuple[str, str] | None:
    """The kind and name of the one tool that has to be called."""
    kind = choice.get("type") if isinstance(choice, dict) else None
    return (kind, choice[kind]["name"]) if kind in ("function", "custom") else None


def _unlisted_tool(body: Body, _: Setting) -> Refusal | None:
    named = _named(body["tool_choice"])
    tools = body.get("tools")
    if named is None or not tools or any(tool["type"] == named[0] and _name(tool) == named[1] for tool in tools):
        return None
    kind, name = named
    sentence = f"Invalid value for 'tool_choice': no {kind} named '{name}' was specified in the 'tools' parameter."
    return value_error(sentence, "tool_choice")


def _name(tool: dict[str, Any]) -> str:
    return str(tool[tool["type"]]["name"])


def _unlisted_function(body: Body, _: Setting) -> Refusal | None:
    choice, functions = body["function_call"], body.get("functions")
    if type(choice) is not dict or not functions or any(each["name"] == choice["name"] for each in functions):
        return None
    name = choice["name"]
    sentence = (
        f"Invalid value for 'function_call': no function named '{name}' was specified in the 'functions' parameter."
    )
    return value_error(sentence, "function_call")


def _both_limits(body: Body, _: Setting) -> Refusal | None:
    if body["max_tokens"] is None or body.get("max_completion_tokens") is None:
        return None
    sentence = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
    return value_error(sentence, "max_tokens", "invalid_parameter_combination")


def _no_json_word(body: Body, _: Setting) -> Refusal | None:
    if body["response_format"].get("type") != "json_object":
        return None
    if any("json" in text.lower() for text in texts(body.get("messages", ()))):
        return None
    sentence = "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
    return value_error(sentence, "messages")


def _no_voice(body: Body, _: Setting) -> Refusal | None:
    if "audio" not in (body["modalities"] or ()) or body.get("audio"):
        return None
    return value_error("Missing required parameter: 'audio'.", "audio", "missing_required_parameter")


def _token_keys(body: Body, _: Setting) -> Refusal | None:
    for key in body["logit_bias"] or ():
        if not (key.isascii() and key.isdigit()):
            sentence = f"Invalid key in 'logit_bias': {key}. You should only be submitting non-negative integers."
            return value_error(sentence, "logit_bias")
    return None


TOKEN_KEYS = Relation(
    rule="logit-bias-keys",
    field="logit_bias",
    find=_token_keys,
    says="the keys of logit_bias are tokens by number, not by text",
    source="openai-refusals B70, B76",
)
"""Of chat completions and of legacy ones."""


ROWS: tuple[Relation, ...] = (
    TOKEN_KEYS,
    Relation(
        rule="tool-choice-without-tools",
        field="tool_choice",
        reads=("tools",),
        find=only_with("tool_choice", "tools"),
        says="tool_choice needs tools",
        source="openai-refusals B25",
    ),
    Relation(
        rule="parallel-tool-calls-without-tools",
        field="parallel_tool_calls",
        reads=("tools",),
        find=only_with("parallel_tool_calls", "tools"),
        says="parallel_tool_calls needs tools",
        source="openai-refusals B25",
    ),
    Relation(
        rule="function-call-without-functions",
        field="function_call",
        reads=("functions",),
        find=only_with("function_call", "functions"),
        says="function_call needs functions",
        source="openai-refusals B24",
    ),
    Relation(
        rule="unlisted-tool-choice",
        field="tool_choice",
        reads=("tools",),
        find=_unlisted_tool,
        says="the tool that is named in tool_choice has to be in tools",
        source="quoted in several projects' issues; code and param by analogy with openai-refusals B24",
    ),
    Relation(
        rule="unlisted-tool-choice",
        field="function_call",
        reads=("functions",),
        find=_unlisted_function,
        says="the function that is named in function_call has to be in functions",
        source="as of tool_choice",
    ),
    Relation(
        rule="stream-options-without-stream",
        field="stream_options",
        reads=("stream",),
        find=enabled("stream_options", "stream"),
        says="stream_options needs stream",
        source="openai-refusals B26",
    ),
    Relation(
        rule="top-logprobs-without-logprobs",
        field="top_logprobs",
        reads=("logprobs",),
        find=enabled("top_logprobs", "logprobs"),
        says="top_logprobs needs logprobs",
        source="openai-refusals E28",
    ),
    Relation(
        rule="two-token-limits",
        field="max_tokens",
        reads=("max_completion_tokens",),
        find=_both_limits,
        says="max_tokens and max_completion_tokens exclude each other",
        source="langchain-ai/langgraph#5943",
    ),
    Relation(
        rule="json-word",
        field="response_format",
        reads=("messages",),
        find=_no_json_word,
        says="json_object wants the word json in the messages",
        source="openai-refusals B18",
    ),
    Relation(
        rule="audio-without-voice",
        field="modalities",
        reads=("audio",),
        find=_no_voice,
        says="spoken answers want the audio parameter",
        source="API reference: required when audio output is requested; the sentence by analogy with A16",
    ),
)
"""Relations of chat completions that no model has a part in."""
