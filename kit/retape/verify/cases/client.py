"""The official client: made for a provider, asked, and its exceptions told apart.

The only place that imports it.  It works alike under openai 1, 2 and 3.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retape.verify.cases.actions import Action
from retape.verify.cases.answers import Answer, Misread, Object, ended
from retape.verify.cases.case import Kind

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    Client = AsyncOpenAI


def make_client(
    base_url: str, api_key: str, *, timeout: float = 60.0, headers: Mapping[str, str] | None = None
) -> AsyncOpenAI:
    """A client that asks once and doesn't try again.

    Args:
        base_url: with its version, "https://api.openai.com/v1".
        api_key: the provider's key.
        timeout: seconds until the first byte, and between any two.
        headers: further header fields of every request.
    """
    from openai import AsyncOpenAI

    return AsyncOpenAI(
        base_url=base_url, api_key=api_key, timeout=timeout, max_retries=0, default_headers=dict(headers or {})
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A status of 400 and more, as the client's exception has it.

    Args:
        status: the HTTP status.
        message: the error's message; the body's text when it is no error object.
        type: the error's type.
        param: the parameter that it names.
        code: the error's code.
        clean: whether the body is a JSON error with a message.
    """

    status: int
    message: str = ""
    type: str = ""
    param: str = ""
    code: str = ""
    clean: bool = True

    def __str__(self) -> str:
        return f"{self.status}: {self.message[:200]}"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is neither an answer nor a refusal.

    Args:
        kind: "protocol" or "error".
        message: a sentence.
    """

    kind: Kind
    message: str


Outcome = Answer | Refusal | Trouble


_LONGEST = 900.0
"""Seconds that an answer may take from its first byte on: some servers send comments, or tokens, without end."""


class _Interrupted(Exception):
    """A stream broke; the cause says how.

    Args:
        events: how many events had come.
        ended: whether the answer had come to its end.
    """

    def __init__(self, events: int, *, ended: bool) -> None:
        super().__init__(events)
        self.events = events
        self.ended = ended


async def ask(
    client: Client,
    action: Action,
    arguments: Mapping[str, Any],
    *,
    stream: bool,
    key: str = "",
    longest: float = _LONGEST,
) -> Outcome:
    """One request, and what came of it.

    Args:
        client: of the provider.
        action: what to do.
        arguments: of the client's method; what this release of the client doesn't know is sent all the same.
        stream: whether to stream, where the action can.
        key: an API key in the place of the client's.
        longest: seconds until the whole answer has to be there.
    """
    client = client.with_options(api_key=key) if key else client
    try:
        async with asyncio.timeout(longest):
            if stream and action.read_stream:
                return action.read_stream(await _events(client, action, {**arguments, "stream": True}))
            return action.read(await _whole(client, action, arguments))
    except TimeoutError:
        return Trouble("error", f"the answer hadn't come to its end after {longest:g} s")
    except Misread as error:
        return Trouble("protocol", f"{error}.")
    except _Interrupted as error:
        return _broken_off(error)
    except Exception as error:  # noqa: BLE001 - whatever the client raises is a finding
        return _said_by(error)


async def _called(client: Client, action: Action, arguments: Mapping[str, Any]) -> Any:
    method: Any = client
    for name in action.method.split("."):
        method = getattr(method, name, None)
    if method is None or action.method in ("get", "post"):
        return await _raw(client, action, dict(arguments))
    known = inspect.signature(method).parameters
    rest = {name: value for name, value in arguments.items() if name not in known}
    given = {name: value for name, value in arguments.items() if name in known}
    answer = method(**given, extra_body=rest) if rest else method(**given)
    return await answer if inspect.isawaitable(answer) else answer


async def _raw(client: Any, action: Action, arguments: dict[str, Any]) -> Any:
    """The same without the client's method, which this release hasn't got."""
    verb, _, path = action.http.partition(" ")
    for name in ("path", "response_id", "completion_id", "model"):
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", str(arguments.pop(name)))
    if verb != "POST":
        return await getattr(client, verb.lower())(path, cast_to=object)
    if "text" in arguments:
        data = arguments["text"].encode()
        by_name = "content" if "content" in inspect.signature(client.post).parameters else "body"  # since openai 2
        return await client.post(path, cast_to=object, **{by_name: data})
    return await client.post(path, cast_to=object, body=arguments.get("body", arguments))


async def _whole(client: Client, action: Action, arguments: Mapping[str, Any]) -> Object:
    found = await _called(client, action, arguments)
    if isinstance(found, Mapping):
        return found
    if found is None and action.http.startswith("DELETE"):
        return {}  # the client shows nothing of what comes
    if not hasattr(found, "to_dict"):
        kind = "an empty answer" if not found else f"{found[:60]!r}" if isinstance(found, str) else repr(type(found))
        raise Misread(f"the answer is no JSON object: the client gave {kind}")
    return _plain(found)


async def _events(client: Client, action: Action, arguments: Mapping[str, Any]) -> list[Object]:
    stream = await _called(client, action, arguments)
    if not hasattr(stream, "__aiter__"):
        raise Misread(f"a stream was asked for, and the client gave {type(stream).__name__}")
    events: list[Object] = []
    try:
        async for event in stream:
            events.append(_plain(event))  # noqa: PERF401 - what came counts, should the stream break
    except Misread:
        raise
    except Exception as error:
        raise _Interrupted(len(events), ended=any(map(ended, events))) from error
    finally:
        await stream.close()
    if not events:
        raise Misread("a stream was asked for, and no event came")
    return events


def _plain(value: Any) -> Object:
    """An object of the client's as it came, whatever fields of it have other types than the client's."""
    if not hasattr(value, "to_dict"):
        raise Misread(f"an event is no JSON object: the client gave {value!r:.60}")
    found: Object = value.to_dict(warnings=False)
    return found


def _broken_off(error: _Interrupted) -> Outcome:
    """What it means that a stream broke."""
    cause = error.__cause__
    meant = _said_by(cause) if isinstance(cause, Exception) else Trouble("error", "the stream broke")
    if not isinstance(meant, Trouble) or meant.kind != "error" or not error.events or _is_told(cause):
        return meant
    how = meant.message.partition(": ")[2]
    if error.ended:
        return Trouble("protocol", f"the answer came to its end, and the stream didn't: {how}")
    return Trouble("error", f"the stream broke off after {error.events} event{'s' * (error.events > 1)}: {how}")


def _is_told(error: BaseException | None) -> bool:
    """Whether the server said itself, in the stream, that it failed."""
    import openai

    return isinstance(error, openai.APIError) and not isinstance(error, openai.APIConnectionError)


def _said_by(error: Exception) -> Refusal | Trouble:
    """What an exception of the client means."""
    import openai

    name = type(error).__name__
    if isinstance(error, openai.APIResponseValidationError):
        return Trouble("protocol", f"the official client can't read the answer: {name}: {_line(error)}")
    if isinstance(error, openai.APIStatusError):
        return _refusal(error.status_code, error.body, error.response.text)
    if isinstance(error, openai.APIConnectionError):
        if type(error.__cause__).__name__ == "DecodingError":
            return Trouble("protocol", f"the official client can't decode the answer: {_named(error.__cause__)}")
        cause = f" ({_named(error.__cause__)})" if error.__cause__ else ""
        return Trouble("error", f"no answer came: {_named(error)}{cause}")
    if isinstance(error, openai.APIError):
        return Trouble("error", f"the stream ended in an error: {_line(error)}")
    if isinstance(error, TypeError) and "Missing required arguments" in str(error):
        return Trouble("error", f"the case is wrong: {_line(error)}")
    if type(error).__module__.partition(".")[0] in ("httpx", "httpx2", "httpcore", "httpcore2", "aiohttp"):
        return Trouble("error", f"the connection broke: {name}: {_line(error)}")
    return Trouble("protocol", f"the official client failed to read the answer: {name}: {_line(error)}")


def _named(error: BaseException | None) -> str:
    return f"{type(error).__name__}: {_line(error)}".removesuffix(": ")


def _line(error: object) -> str:
    return " ".join(str(error).split())[:200]


def _refusal(status: int, body: object, text: str) -> Refusal:
    """A refusal; the client has taken the error object out of its wrapping."""
    fields = body if isinstance(body, Mapping) else {}
    message = fields.get("message")
    clean = isinstance(message, str) and bool(message)
    told = {name: str(fields.get(name) or "") for name in ("type", "param", "code")}
    return Refusal(status=status, message=str(message) if clean else " ".join(text.split()), clean=clean, **told)
