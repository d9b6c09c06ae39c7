"""An exchange as a person reads it: who said what, and how it went.

Texts stand here whole and as they came, apart from base64, which is named by type and size.
Whoever draws them cuts them, and takes the sting out of control characters (see `safe`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "reasoning", "refusal", "tool-call", "tool-result", "media", "note", "error", "body"]
"""What a part of a turn is.

text          what was said
reasoning     thoughts, or a summary of them
refusal       the model's refusal
tool-call     `name` is the tool, `text` the arguments, `ref` the call's id
tool-result   `text` is what the tool gave back, `ref` the call's id
media         an image, sound or file in a few words: "image/png, 12.3 kB"
note          a remark about the turn: "logprobs of 12 tokens"
error         `text` is the message, `name` its type and code
body          a body that is no conversation, cut by nothing but base64
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One piece of a turn.

    Args:
        kind: what it is.
        text: its text; see `Kind`.
        name: the tool of a call, type and code of an error.
        ref: a tool call's id.
    """

    kind: Kind
    text: str = ""
    name: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one speaker said at one time.

    Args:
        role: "system", "user", "assistant", "tool" ...; "answer" for what no one says (embeddings).
        parts: its pieces, in order.
        name: the speaker's name, when the request gives one.
        choice: which of several choices this is, from 0; None when there is one.
        finish: the finish reason, "" when there is none.
    """

    role: str
    parts: tuple[Part, ...]
    name: str = ""
    choice: int | None = None
    finish: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request says.

    Args:
        turns: instructions, messages, input, prompt.
        model: the model asked for, "" when none is named.
        stream: whether a stream was asked for.
        tools: names of the tools offered.
        parameters: every other field, as (name, value in one line).
        problems: what couldn't be read.
    """

    turns: tuple[Turn, ...] = ()
    model: str = ""
    stream: bool = False
    tools: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What an answer says.

    Args:
        turns: one for each choice or output item.
        model: the model that answered, "" when none is named.
        finish: finish reasons, or a response's status and why it is incomplete.
        usage: (path, number) of everything counted: ("completion_tokens_details.reasoning_tokens", 12).
        problems: what couldn't be read.
    """

    turns: tuple[Turn, ...] = ()
    model: str = ""
    finish: tuple[str, ...] = ()
    usage: tuple[tuple[str, float], ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One exchange.

    Args:
        method: "POST".
        base: the API's base URL, "https://api.openai.com/v1".
        path: what follows it, "/chat/completions", query included.
        model: the model asked for, else the deployment, else the one that answered; "" when unknown.
        asked: what the request says.
        answered: what the answer says.
        status: the status code, None when none came.
        reason: the reason phrase, "" when none came.
        outcome: how the exchange ended.
        error: class and message of the client library's exception, "" when there was none.
        streamed: whether the answer is an event stream.
        seconds: from the request to the end; None when no times were recorded.
        recorded_at: ISO 8601, "" when unknown.
        sent: the request body's size in bytes.
        received: the answer's size in bytes, as it came over the wire.
    """

    method: str
    base: str
    path: str
    model: str
    asked: Asked
    answered: Answered
    status: int | None
    reason: str
    outcome: str
    error: str
    streamed: bool
    seconds: float | None
    recorded_at: str
    sent: int
    received: int

    @property
    def problems(self) -> tuple[str, ...]:
        """What couldn't be read, in request and answer."""
        return self.asked.problems + self.answered.problems
