"""What was sent: each request that a fake got, parsed and easy to look into."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

from retape.handlers.fake.ask import Ask, Turn, chat_ask, responses_ask
from retape.handlers.fake.script.matchers import Matchers, clip, conditions
from retape.tape.request import Request
from retape.tape.steps import Headers

if TYPE_CHECKING:
    from retape.handlers.fake.script.rule import Rule

_UNREAD: Any = object()


class ToolResult(NamedTuple):
    """What a tool gave.

    Args:
        tool: its name, "" when the conversation doesn't say.
        text: its output.
    """

    tool: str
    text: str


class Fields(Mapping[str, str]):
    """Header fields by name, whatever its case; of a name that comes twice, the first."""

    def __init__(self, fields: Headers) -> None:
        self._fields = fields

    @cached_property
    def _lowered(self) -> dict[str, str]:
        return {name.lower(): value for name, value in reversed(self._fields)}

    def __getitem__(self, name: str) -> str:
        return self._lowered[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._lowered

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name.lower() for name, _ in self._fields))

    def __len__(self) -> int:
        return len(self._lowered)

    def __repr__(self) -> str:
        return f"Fields({list(self)})"  # names only: a value may be a secret


class Sent:
    """A request that a fake got.  A new one of the client's own retries is one more.

    Attributes:
        request: as it came.
        endpoint: by the client's method, "chat.completions.create"; "" for a URL that is no endpoint.
        status: the status of the answer; None when the connection broke first, or as long as there is none.
        rule: the rule that answered; None when none did.
        request_id: the `x-request-id` of the answer; "" when it has none.
        broke: the rule for which it was refused, by the name that `off=` takes; "" when that was none.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.endpoint: str = ""
        self.status: int | None = None
        self.rule: Rule | None = None
        self.request_id = ""
        self.broke = ""
        self._body = _UNREAD
        self._ask: Ask | None = None

    def hear(self, body: Any) -> None:
        """Note what the fake parsed: JSON, or a form's fields."""
        self._body = body

    def understand(self, ask: Ask) -> None:
        """Note what is asked, earlier turns included that the fake remembers."""
        self._ask = ask

    def __repr__(self) -> str:
        what = " ".join(filter(None, [self.endpoint or f"{self.method} {self.path}", self.model]))
        text = f" {clip(self.text)!r}" if self.text else ""
        why = f" for {self.broke}" if self.broke else ""
        return f"<Sent {what}{text} -> {self.status or 'no answer'}{why}>"

    @property
    def method(self) -> str:
        """The method, "POST"."""
        return self.request.method

    @property
    def url(self) -> str:
        """The absolute URL, query included."""
        return self.request.url

    @property
    def path(self) -> str:
        """The URL's path, "/v1/chat/completions"."""
        return self.request.path

    @cached_property
    def headers(self) -> Fields:
        """The header fields."""
        return Fields(self.request.headers)

    @property
    def raw(self) -> bytes:
        """The body's bytes."""
        return self.request.body

    @property
    def body(self) -> Any:
        """The body, parsed: a JSON value, or a form's fields.  None when there is none, or when it can't be parsed."""
        if self._body is _UNREAD:
            try:
                self._body = self.request.json()
            except (ValueError, RecursionError):
                self._body = None
        return self._body

    def _field(self, name: str) -> Any:
        return self.body.get(name) if isinstance(self.body, dict) else None

    @cached_property
    def model(self) -> str:
        """The model's name; "" for none."""
        return str(self._field("model") or "")

    @property
    def messages(self) -> list[Any]:
        """A chat completion's messages as they were sent; empty elsewhere."""
        return self._field("messages") or []

    @property
    def input(self) -> Any:
        """The `input` of a response, an embedding or a moderation as it was sent; None elsewhere."""
        return self._field("input")

    @property
    def stream(self) -> bool:
        """Whether a stream was asked for."""
        return self._field("stream") is True

    @property
    def previous_response_id(self) -> str | None:
        """The response that this one goes on from."""
        previous = self._field("previous_response_id")
        return previous if isinstance(previous, str) else None

    @cached_property
    def ask(self) -> Ask:
        """The conversation, whichever endpoint it came by; empty for a body that is none."""
        return self._ask or _asked(self.body if isinstance(self.body, dict) else {})

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The conversation's messages."""
        return self.ask.turns

    @cached_property
    def _last_user(self) -> Turn:
        return next((turn for turn in reversed(self.turns) if turn.role == "user"), Turn(role="user"))

    @cached_property
    def text(self) -> str:
        """The last user message; for an endpoint without messages its prompt, or its input."""
        return self._last_user.text or ("" if self.turns else _told(self.body))

    @property
    def images(self) -> int:
        """How many images the last user message brings."""
        return self._last_user.images

    @cached_property
    def system(self) -> str:
        """The instructions: system and developer messages, a line each."""
        return "\n".join(turn.text for turn in self.turns if turn.role == "system")

    @cached_property
    def tools(self) -> tuple[str, ...]:
        """The names of the tools that are offered."""
        return tuple(tool.name for tool in self.ask.tools)

    @cached_property
    def tool_results(self) -> tuple[ToolResult, ...]:
        """The tools' results in which the conversation ends."""
        results: list[ToolResult] = []
        for turn in reversed(self.turns):
            if turn.role != "tool":
                break
            results.insert(0, ToolResult(turn.tool, turn.text))
        return tuple(results)

    @cached_property
    def turn(self) -> int:
        """Which of the assistant's turns is asked for: 1 for the first."""
        roles = [turn.role == "assistant" for turn in self.turns]
        return 1 + sum(here and not before for before, here in zip([False, *roles], roles, strict=False))


def _told(body: Any) -> str:
    """The text of a body without messages."""
    if not isinstance(body, dict):
        return ""
    told = body.get("prompt") or body.get("input") or ""
    if isinstance(told, str):
        return told
    return "\n".join(item for item in told if isinstance(item, str)) if isinstance(told, list) else ""


def _asked(body: dict[str, Any]) -> Ask:
    """What a body asks, for as much as can be made of it: it may be one that the fake refused."""
    try:
        if "messages" in body:
            return chat_ask(body)
        if "input" in body and isinstance(body["input"], str | list):
            return responses_ask(body, _items(body))
    except (TypeError, AttributeError, ValueError):
        pass
    return Ask(model="")


def _items(body: dict[str, Any]) -> list[dict[str, Any]]:
    given = body["input"]
    instructions = body.get("instructions")
    items = [{"role": "system", "content": instructions}] if isinstance(instructions, str) else []
    if isinstance(given, str):
        return [*items, {"role": "user", "content": given}]
    return [*items, *(item for item in given if isinstance(item, dict))]


class Requests(list[Sent]):
    """Requests in the order in which they came.

    Args:
        sent: the requests.
        operations: the endpoints there are; `to` and `matching` know a wrong one.
    """

    def __init__(self, sent: Iterable[Sent] = (), operations: Collection[str] = ()) -> None:
        super().__init__(sent)
        self._operations = operations

    @property
    def last(self) -> Sent:
        """The last one.

        Raises:
            AssertionError: there is none.
        """
        if not self:
            raise AssertionError("nothing was sent")
        return self[-1]

    @property
    def only(self) -> Sent:
        """The only one.

        Raises:
            AssertionError: there is none, or there are several.
        """
        if len(self) != 1:
            raise AssertionError(f"expected one request, {self.told()}")
        return self[0]

    def to(self, endpoint: str) -> Requests:
        """Those to an endpoint: "chat.completions.create", "responses.*"."""
        return self.matching(endpoint=endpoint)

    def matching(self, predicate: Callable[[Sent], object] | None = None, /, **matchers: Unpack[Matchers]) -> Requests:
        """Those that all the matchers match; they are the same as in `Fake.on`.

        Raises:
            UsageError: an unknown matcher, or a value it doesn't take.
        """
        wanted = conditions(predicate, matchers, self._operations)
        return Requests((sent for sent in self if all(one(sent) for one in wanted)), self._operations)

    def told(self) -> str:
        """What was sent, one line each."""
        if not self:
            return "nothing was sent"
        lines = "".join(f"\n  {sent!r}" for sent in self)
        return f"{len(self)} {'was' if len(self) == 1 else 'were'} sent:{lines}"

    def count_of(
        self, times: int | None, predicate: Callable[[Sent], object] | None, matchers: Mapping[str, Any]
    ) -> None:
        """Assert how many of them the matchers match.

        Args:
            times: how many; None for at least one.
            predicate: see `matching`.
            matchers: see `matching`.

        Raises:
            AssertionError: it is another number.
            UsageError: see `matching`.
        """
        __tracebackhide__ = True
        wanted = conditions(predicate, matchers, self._operations)
        number = sum(all(one(sent) for one in wanted) for sent in self)
        if number == times or (times is None and number):
            return
        how = "a request" if times is None else "no request" if not times else _times(times, "request")
        what = f"expected {how} with {', '.join(map(str, wanted))}" if wanted else f"expected {how}"
        raise AssertionError(f"{what}, found {number or 'none'}; {self.told()}")


def _times(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
