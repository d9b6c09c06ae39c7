"""What was asked, whichever endpoint it came by: turns, tools, the wanted format."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from retape.handlers.fake.answer import compact
from retape.handlers.fake.tokens import IMAGE, MESSAGE, count

Role = Literal["system", "user", "assistant", "tool"]

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}
_IMAGES = ("image_url", "input_image")
_FILES = ("file", "input_file")
_AUDIO = ("input_audio",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message.

    Args:
        role: who speaks.
        text: the text of all its parts.
        images: how many images come with it.
        files: how many files.
        sounds: how many audio parts.
        called: names of the tools that the assistant called here.
        arguments: what they were called with, as text.
        tool: for a tool's result, the name of the tool ("" when it isn't known).
    """

    role: Role
    text: str = ""
    images: int = 0
    files: int = 0
    sounds: int = 0
    called: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    tool: str = ""

    @property
    def tokens(self) -> int:
        """What the turn costs."""
        told = count(self.text) + sum(map(count, self.called)) + sum(map(count, self.arguments))
        return MESSAGE + told + IMAGE * (self.images + self.files + self.sounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool that may be called.

    Args:
        name: its name.
        kind: "function", "custom", "legacy", or the type of a built-in tool ("web_search").
        description: what it is for.
        schema: JSON Schema of the arguments.
        settings: the tool as it came.
    """

    name: str
    kind: str = "function"
    description: str = ""
    schema: Any = None
    settings: Mapping[str, Any]

    @property
    def strict(self) -> bool:
        """Whether the arguments have to be an instance of the schema."""
        inner = self.settings.get("function")
        return (inner if isinstance(inner, Mapping) else self.settings).get("strict") is True


@dataclass(frozen=True, kw_only=True)  # no slots: the question is worked out once
class Ask:
    """A request for an answer.

    Args:
        model: the model's name.
        turns: the conversation, oldest first.
        tools: what may be called.
        choice: "none", "auto", "required", or the name of the tool to call.
        parallel: whether several calls at once are fine.
        format: "text", "json_object" or "json_schema".
        schema: the JSON Schema of a "json_schema" format.
    """

    model: str
    turns: tuple[Turn, ...] = ()
    tools: tuple[Tool, ...] = ()
    choice: str = "auto"
    parallel: bool = True
    format: str = "text"
    schema: Any = None

    @functools.cached_property
    def question(self) -> str:
        """The text of the last user message, "" when there is none."""
        return next((turn.text for turn in reversed(self.turns) if turn.role == "user"), "")

    @functools.cached_property
    def tool_tokens(self) -> int:
        """Tokens of the tools' and the format's descriptions."""
        told = sum(count(compact(dict(tool.settings))) for tool in self.tools)
        return told + (count(compact(self.schema)) if self.schema is not None else 0)

    @functools.cached_property
    def message_tokens(self) -> int:
        """Tokens of the conversation, the answer's opening included."""
        return MESSAGE + sum(turn.tokens for turn in self.turns)

    @property
    def tokens(self) -> int:
        """Tokens of the whole prompt."""
        return self.message_tokens + self.tool_tokens


def text_of(content: Any) -> str:
    """The text of a message's content: a string, or parts of which the text ones count."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "\n".join(
        part if isinstance(part, str) else str(part.get("text") or part.get("refusal") or "")
        for part in content
        if isinstance(part, str) or (isinstance(part, dict) and ("text" in part or "refusal" in part))
    )


def _parts(content: Any, types: tuple[str, ...]) -> int:
    return (
        sum(isinstance(part, dict) and part.get("type") in types for part in content)
        if isinstance(content, list)
        else 0
    )


def turn(role: str, content: Any, *, called: Iterable[tuple[str, str]] = (), tool: str = "") -> Turn:
    """A turn from a message's role and content, of chat or of responses.

    Args:
        role: as the API has it; "developer" counts as system.
        content: text, or parts.
        called: the tools called, each with its arguments.
        tool: the tool whose result it is.
    """
    calls = tuple(called)
    if isinstance(content, str) and not calls:
        return Turn(role=_ROLES.get(role, "user"), text=content, tool=tool)
    return Turn(
        role=_ROLES.get(role, "user"),
        text=text_of(content),
        images=_parts(content, _IMAGES),
        files=_parts(content, _FILES),
        sounds=_parts(content, _AUDIO),
        called=tuple(name for name, _ in calls),
        arguments=tuple(arguments for _, arguments in calls),
        tool=tool,
    )


def chat_turns(messages: Iterable[Mapping[str, Any]]) -> tuple[Turn, ...]:
    """The turns of a chat completion's messages."""
    names: dict[str, str] = {}
    turns = []
    for message in messages:
        called = []
        for call in message.get("tool_calls") or ():
            inner = call.get("function") or call.get("custom") or {}
            names[call.get("id", "")] = inner.get("name", "")
            called.append((inner.get("name", ""), inner.get("arguments") or inner.get("input") or ""))
        if message.get("function_call"):
            inner = message["function_call"]
            called.append((inner.get("name", ""), inner.get("arguments", "")))
        tool = names.get(message.get("tool_call_id", ""), "") or message.get("name", "")
        turns.append(turn(message.get("role", ""), message.get("content"), called=called, tool=tool))
    return tuple(turns)


def chat_tools(body: Mapping[str, Any]) -> tuple[Tool, ...]:
    """The tools of a chat completion, the `functions` of 2023 included."""
    tools = []
    for row in body.get("tools") or ():
        kind = row.get("type", "function")
        inner = row.get(kind) or {}
        tools.append(
            Tool(
                name=inner.get("name", ""),
                kind=kind,
                description=inner.get("description") or "",
                schema=inner.get("parameters"),
                settings=row,
            )
        )
    tools.extend(
        Tool(
            name=row.get("name", ""),
            kind="legacy",
            description=row.get("description") or "",
            schema=row.get("parameters"),
            settings=row,
        )
        for row in body.get("functions") or ()
    )
    return tuple(tools)


def chat_ask(body: Mapping[str, Any]) -> Ask:
    """What a chat completion asks for."""
    wanted = body.get("response_format") or {}
    tools, choice = _chosen(chat_tools(body), body.get("tool_choice", body.get("function_call")))
    return Ask(
        model=body.get("model", ""),
        turns=chat_turns(body.get("messages") or ()),
        tools=tools,
        choice=choice,
        parallel=body.get("parallel_tool_calls") is not False,
        format=wanted.get("type", "text"),
        schema=(wanted.get("json_schema") or {}).get("schema"),
    )


def _chosen(tools: tuple[Tool, ...], choice: Any) -> tuple[tuple[Tool, ...], str]:
    """The tools that a choice leaves, and the choice in one word."""
    if choice is None or isinstance(choice, str):
        return tools, choice or "auto"
    allowed = choice.get("allowed_tools") or (choice if choice.get("type") == "allowed_tools" else None)
    if allowed:
        names = {named(row) for row in allowed.get("tools") or ()}
        return tuple(tool for tool in tools if tool.name in names), allowed.get("mode", "auto")
    return tools, named(choice)


def named(row: Mapping[str, Any]) -> str:
    """The tool that a row of `tool_choice` or `allowed_tools` names; a built-in tool's type stands for its name."""
    kind = row.get("type", "")
    inner = row.get(kind)
    if isinstance(inner, dict):
        return str(inner.get("name", ""))
    return str(row.get("name") or row.get("server_label") or kind)


def responses_tools(rows: Iterable[Mapping[str, Any]]) -> tuple[Tool, ...]:
    """The tools of a response; a built-in tool's type is its name, a server's its label."""
    return tuple(
        Tool(
            name=row.get("name") or row.get("server_label") or row.get("type", ""),
            kind=row.get("type", "function"),
            description=row.get("description") or row.get("server_description") or "",
            schema=row.get("parameters"),
            settings=row,
        )
        for row in rows
    )


def responses_ask(body: Mapping[str, Any], items: Iterable[Mapping[str, Any]]) -> Ask:
    """What a response asks for.

    Args:
        body: the request's body.
        items: instructions, earlier items and the input, as items, oldest first.
    """
    wanted = (body.get("text") or {}).get("format") or {}
    tools, choice = _chosen(responses_tools(body.get("tools") or ()), body.get("tool_choice"))
    return Ask(
        model=body.get("model") or "",
        turns=item_turns(items),
        tools=tools,
        choice=choice,
        parallel=body.get("parallel_tool_calls") is not False,
        format=wanted.get("type", "text"),
        schema=wanted.get("schema"),
    )


def item_turns(items: Iterable[Mapping[str, Any]]) -> tuple[Turn, ...]:
    """The turns of a response's items; calls and their outputs belong together by `call_id`."""
    names: dict[str, str] = {}
    turns = []
    for item in items:
        kind = item.get("type", "message")
        if kind == "message":
            turns.append(turn(item.get("role", ""), item.get("content")))
        elif kind.endswith("_output"):
            turns.append(turn("tool", _output(item.get("output")), tool=names.get(item.get("call_id", ""), "")))
        elif kind.endswith("_call"):
            names[item.get("call_id", "")] = item.get("name", kind)
            arguments = item.get("arguments") or item.get("input") or ""
            turns.append(Turn(role="assistant", called=(item.get("name", kind),), arguments=(str(arguments),)))
    return tuple(turns)


def _output(output: Any) -> Any:
    return output if isinstance(output, str | list) else json.dumps(output, ensure_ascii=False)
