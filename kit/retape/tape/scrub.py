"""Secrets out: by name, by shape and by value, wherever they hide in an exchange.

A body is searched decoded and joined, so neither a content encoding nor a chunk boundary hides anything; in an
SSE stream the text that several deltas spell is searched too, and anything in base64 is looked into.  Scrubbing
an exchange twice changes nothing more.
"""

from __future__ import annotations

import base64
import bisect
import functools
import hashlib
import json
import os
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from retape.tape import encodings
from retape.tape.base64_runs import decoded_from, encoded
from retape.tape.exchange import Exchange
from retape.tape.headers import keep_request, keep_response, with_length
from retape.tape.own_keys import as_a_word, keys_of
from retape.tape.request import Request
from retape.tape.secrets import ENVIRONMENT, HEADER_NAME, MIN_VALUE, PLACEHOLDER, RULES, Rule, compiled, named
from retape.tape.steps import Abort, Chunk, Head, Headers, Step

_DELTA = re.compile(
    r'"(content|delta|text|arguments|refusal|reasoning|reasoning_content|partial_json|thinking|code|transcript)"\s*:\s*"((?:[^"\\]|\\.)*)"'
)
_EVENT = re.compile(r"[^\r\n]+")
_OWNER = re.compile(r'"(?:index|output_index|content_index|item_id)"\s*:\s*("[^"]*"|\d+)')
_ESCAPES = (
    functools.partial(re.compile("[&<>]").sub, lambda found: f"\\u{ord(found[0]):04x}"),  # Go
    functools.partial(re.compile("[&<>'+]").sub, lambda found: f"\\u{ord(found[0]):04X}"),  # .NET
)
_LARGE = 64 * 1024
"""Characters of a text that isn't searched twice: the second search of what is to be saved would take as long again."""
_CLEAN: deque[tuple[Scrubber, bytes]] = deque(maxlen=8)
_PLACEHOLDERS = (PLACEHOLDER, "%3Credacted%3E")
_PRINTABLE = re.compile(r"(?:[\t\n\r\x20-\x7e]|[\xc2-\xf4][\x80-\xbf]{1,3})*\Z")


class Finding(NamedTuple):
    """A secret: where it stands ("response.body") and which rule saw it.  Never the secret."""

    place: str
    rule: str


class Span(NamedTuple):
    """A secret in a text: from, to, what replaces it, and the rule that saw it."""

    start: int
    end: int
    replacement: str
    rule: str


@dataclass(frozen=True, slots=True)
class Scrubber:
    """Takes secrets out of exchanges.

    Args:
        names: header fields, JSON keys or query parameters that are secret here, beside the known ones.
        patterns: more shapes; the group `secret`, or the whole match, is replaced.
        values: strings that must not be kept.
        words: such strings as are so short that only a whole word is one.
    """

    names: tuple[str, ...] = ()
    patterns: tuple[re.Pattern[str], ...] = ()
    values: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, extra: Iterable[str | re.Pattern[str]] = (), environ: Mapping[str, str] | None = None) -> Scrubber:
        """A scrubber with a caller's additions and the environment's secrets.

        Args:
            extra: names, and compiled patterns.
            environ: environment variables; the process's own when None.
        """
        extra = tuple(extra)
        variables = os.environ if environ is None else environ
        values = {v.strip() for k, v in variables.items() if k.upper().endswith(ENVIRONMENT)}
        return cls(
            names=tuple(item.lower() for item in extra if isinstance(item, str)),
            patterns=tuple(item for item in extra if isinstance(item, re.Pattern)),
            values=tuple(sorted((v for v in values if len(v) >= MIN_VALUE), key=len, reverse=True)),
        )

    def knowing(self, request: Request) -> Scrubber:
        """This scrubber, knowing also the secrets that the request itself carries in header fields and URL."""
        known, words = keys_of(request, self._is_secret)
        fresh = known.difference(self.values)
        if not fresh and not words:
            return self
        return replace(self, values=tuple(sorted(fresh.union(self.values), key=len, reverse=True)), words=words)

    def _is_secret(self, name: str) -> bool:
        return bool(HEADER_NAME.search(name)) or name.lower() in self.names

    def request(self, request: Request) -> Request:
        """The request as it would be stored, but for its header fields."""
        return self.knowing(request)._request(request, [])

    def exchange(self, exchange: Exchange, *, keep_headers: Iterable[str] = ()) -> tuple[Exchange, list[Finding]]:
        """The exchange as it may be stored, and what was taken out of it.

        Args:
            exchange: as it came.
            keep_headers: header fields to keep beside the usual ones.
        """
        found: list[Finding] = []
        knowing = self.knowing(exchange.request)
        extra = tuple(keep_headers)
        request = replace(exchange.request, headers=keep_request(exchange.request.headers, extra))
        steps = tuple(
            replace(step, headers=keep_response(step.headers, extra)) if isinstance(step, Head) else step
            for step in exchange.steps
        )
        kept = replace(exchange, request=request, steps=steps)
        clean = replace(
            kept,
            request=knowing._request(request, found),
            steps=knowing._steps(kept, found),
            test=knowing._clean(exchange.test, "test", found),
        )
        return clean, found

    def check(self, exchange: Exchange) -> list[Finding]:
        """What is still secret in an exchange."""
        found: list[Finding] = []
        self._request(exchange.request, found)
        self._steps(exchange, found)
        self._found(exchange.test, "test", found)
        return found

    def spans(self, text: str) -> list[Span]:
        """The secrets in a text, in order, none overlapping."""
        if len(text) < _LARGE:
            return self._searched(text)
        seen = (self, hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
        if seen in _CLEAN:  # what was found clean and is unchanged, is clean
            return []
        found = self._searched(text)
        if not found:
            _CLEAN.append(seen)
        return found

    def _searched(self, text: str) -> list[Span]:
        found = _disjoint(self._all(text))
        more = found
        while more:  # of two that stand back to back the second is seen when the first is gone
            more = [span for span in self._all(_masked(text, found)) if not _within(span, found)]
            found = _disjoint([*found, *more])
        return found

    def _all(self, text: str) -> Iterator[Span]:
        yield from (Span(start, end, PLACEHOLDER, rule) for start, end, rule in self._plain(text))
        yield from self._in_base64(text)
        yield from self._across_deltas(text)

    def _plain(self, text: str) -> Iterable[tuple[int, int, str]]:
        for value in self.values:
            for form in _forms(value):
                start = text.find(form)
                while start >= 0:
                    yield start, start + len(form), "by value"
                    start = text.find(form, start + len(form))
        for word in self.words:
            yield from ((*match.span(), "by value") for match in as_a_word(word).finditer(text))
        for rule, pattern in _possible(text, (*_named_rules(self.names), *RULES)):
            group = "secret" if "secret" in pattern.groupindex else 0
            for match in pattern.finditer(text):
                if match[group] and not match[group].startswith(_PLACEHOLDERS):
                    yield *match.span(group), rule
        if self.patterns:
            yield from self._by_pattern(text)

    def _by_pattern(self, text: str) -> Iterable[tuple[int, int, str]]:
        """What the caller's own patterns find; they are written for characters, and the text may be bytes of UTF-8."""
        try:
            shown = text.encode("latin-1").decode()
        except UnicodeError:
            shown = text
        for pattern in self.patterns:
            group = "secret" if "secret" in pattern.groupindex else 0
            for match in pattern.finditer(shown):
                if match[group] and not match[group].startswith(_PLACEHOLDERS):
                    start, end = match.span(group) if shown is text else _bytes_before(shown, *match.span(group))
                    yield start, end, f"pattern {pattern.pattern}"

    def _in_base64(self, text: str) -> Iterable[Span]:
        for match in encoded(text):
            decoded = decoded_from(match[0])
            if decoded is None:
                continue
            if any(form in decoded for value in self.values for form in _forms(value)) or (
                _PRINTABLE.match(decoded) and any(True for _ in self._plain(decoded))
            ):
                yield Span(*match.span(), PLACEHOLDER, "in base64")

    def _across_deltas(self, text: str) -> Iterable[Span]:
        """Secrets that several events spell together: the first piece gets the placeholder, the rest nothing."""
        for parts in _spelled(text):
            offsets = list(accumulate((len(part) for _, part in parts), initial=0))
            for start, end, rule in self._plain("".join(part for _, part in parts)):
                first, last = bisect.bisect_right(offsets, start) - 1, bisect.bisect_left(offsets, end) - 1
                for number in range(first, last + 1):
                    base = parts[number][0] - offsets[number]
                    left, right = max(start, offsets[number]), min(end, offsets[number + 1])
                    yield Span(base + left, base + right, PLACEHOLDER if number == first else "", rule)

    def _clean(self, text: str, place: str, found: list[Finding]) -> str:
        return _replaced(text, self._found(text, place, found))

    def _found(self, text: str, place: str, found: list[Finding]) -> list[Span]:
        spans = self.spans(text)
        found.extend(Finding(place, span.rule) for span in spans)
        return spans

    def _request(self, request: Request, found: list[Finding]) -> Request:
        return replace(
            request,
            url=self._clean(request.url, "request.url", found),
            headers=self._headers(request.headers, "request.headers", found),
            body=self._request_body(request, found),
        )

    def _request_body(self, request: Request, found: list[Finding]) -> bytes:
        encoding = request.header("content-encoding") or ""
        try:
            plain = encodings.decode(request.body, encoding)
        except ValueError:
            plain, encoding = request.body, ""
        clean = self._clean(plain.decode("latin-1"), "request.body", found).encode("latin-1")
        return request.body if clean == plain else encodings.encode(clean, encoding)

    def _headers(self, headers: Headers, place: str, found: list[Finding]) -> Headers:
        clean = []
        for name, value in headers:
            if self._is_secret(name) and value != PLACEHOLDER:
                found.append(Finding(f"{place}.{name}", "by name"))
                value = PLACEHOLDER
            clean.append((name, self._clean(value, f"{place}.{name}", found)))
        return tuple(clean)

    def _steps(self, exchange: Exchange, found: list[Finding]) -> tuple[Step, ...]:
        steps = [self._step(step, found) for step in exchange.steps]
        body = exchange.body.decode("latin-1")
        spans = self._found(body, "response.body", found)
        if not spans:
            return tuple(steps)
        clean = _replaced(body, spans).encode("latin-1")
        cuts = list(accumulate((len(step.data) for step in steps if isinstance(step, Chunk)), initial=0))
        if exchange.wire == exchange.body:
            wire, moved = clean, [_moved(cut, spans) for cut in cuts]
        else:
            wire = encodings.encode(clean, exchange.encoding)
            moved = [cut * len(wire) // max(1, cuts[-1]) for cut in cuts]
        pieces = iter([Chunk(wire[start:end]) for start, end in pairwise(moved)])
        put = [next(pieces) if isinstance(step, Chunk) else step for step in steps]
        if not exchange.abort:  # what broke keeps the length that was promised
            put = [_with_length(step, len(wire)) for step in put]
        return tuple(put)

    def _step(self, step: Step, found: list[Finding]) -> Step:
        if isinstance(step, Head):
            headers = self._headers(step.headers, "response.headers", found)
            return replace(step, headers=headers, reason=self._clean(step.reason, "response.reason", found))
        if isinstance(step, Abort):
            return replace(step, message=self._clean(step.message, "response.error", found))
        return step


def _with_length(step: Step, length: int) -> Step:
    return replace(step, headers=with_length(step.headers, length)) if isinstance(step, Head) else step


def _bytes_before(text: str, *positions: int) -> list[int]:
    return [len(text[:position].encode()) for position in positions]


def _possible(text: str, rules: Iterable[Rule]) -> Iterator[tuple[str, re.Pattern[str]]]:
    """The rules whose secrets a text may have."""
    folded = text.casefold()
    has: dict[tuple[str, ...], bool] = {(): True}
    for rule, needs, pattern in rules:
        if needs not in has:
            has[needs] = any(map(folded.__contains__, needs)) if len(folded) < _LARGE else _any_in(folded, needs)
        if has[needs]:
            yield rule, pattern


def _any_in(text: str, words: Iterable[str]) -> bool:
    """Whether a large text has one of some words.  Other threads have their turn between two: a look at one is long."""
    return any(word in text for word in words)


@functools.lru_cache(maxsize=64)
def _named_rules(names: tuple[str, ...]) -> tuple[Rule, ...]:
    """The patterns for a caller's own names."""
    if not names:
        return ()
    field = "|".join(re.escape(name.encode().decode("latin-1")) for name in names)
    return tuple(Rule("by name", (), compiled(pattern)) for pattern in named(f"(?:{field})"))


def _spelled(text: str) -> Iterable[list[tuple[int, str]]]:
    """The texts that the events of a stream spell: for each its pieces and where they stand.

    Pieces belong together by their field and, where choices or tool calls come interleaved, by the indices and ids
    of their event; looked at both ways, because servers differ in what they repeat.
    """
    if "data:" not in text and "}\n{" not in text:
        return []
    pieces: dict[tuple[str, ...], list[tuple[int, str]]] = {}
    for line in _EVENT.finditer(text):
        owner = tuple(_OWNER.findall(line[0]))
        for match in _DELTA.finditer(text, line.start(), line.end()):
            for group in {(match[1],), (match[1], *owner)}:
                pieces.setdefault(group, []).append((match.start(2), match[2]))
    return {tuple(start for start, _ in parts): parts for parts in pieces.values() if len(parts) > 1}.values()


@functools.lru_cache(maxsize=256)
def _forms(value: str) -> Sequence[str]:
    """The ways to write a value: as it is, in JSON, in a URL, in base64; each as latin-1 sees its bytes."""
    raw = value.encode("utf-8", "surrogateescape")
    shown = raw.decode("utf-8", "replace")
    in_json = {json.dumps(shown, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    in_json |= {text.replace("/", "\\/") for text in in_json}  # PHP
    in_json |= {escape(text) for text in in_json for escape in _ESCAPES}
    twice = {json.dumps(text, ensure_ascii=False)[1:-1] for text in in_json}
    in_urls = {quote(raw, safe=safe) for safe in ("", "/", "!*'()")} | {quote_plus(raw)}
    in_urls |= {re.sub("%..", lambda c: c[0].lower(), text) for text in in_urls}
    in_base64 = {base64.b64encode(raw), base64.urlsafe_b64encode(raw)}
    forms = {raw.decode("latin-1"), *(text.decode().rstrip("=") for text in in_base64)}
    forms |= {text.encode("utf-8", "replace").decode("latin-1") for text in in_json | twice | in_urls}
    return sorted(forms, key=len, reverse=True)


def _disjoint(spans: Iterable[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if kept and span.start < kept[-1].end:
            if span.end > kept[-1].end:
                kept[-1] = kept[-1]._replace(end=span.end)
        elif span.end > span.start:
            kept.append(span)
    return kept


def _replaced(text: str, spans: Sequence[Span]) -> str:
    pieces, position = [], 0
    for span in spans:
        pieces += [text[position : span.start], span.replacement]
        position = span.end
    return "".join([*pieces, text[position:]]) if spans else text


def _masked(text: str, spans: Sequence[Span]) -> str:
    """The text with what was found made unreadable, everything at its place."""
    return _replaced(text, [span._replace(replacement="\0" * (span.end - span.start)) for span in spans])


def _within(span: Span, spans: Sequence[Span]) -> bool:
    return span.start == span.end or any(other.start <= span.start and span.end <= other.end for other in spans)


def _moved(cut: int, spans: Sequence[Span]) -> int:
    """Where a chunk boundary is after the replacements; one inside a secret moves behind it."""
    moved = cut
    for span in spans:
        if span.start >= cut:
            break
        moved += len(span.replacement) - (min(span.end, cut) - span.start)
    return moved
