"""`Fake`: the handler that answers as OpenAI would."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from retape.handlers.fake import admission
from retape.handlers.fake.answer import Answer
from retape.handlers.fake.call import Call, body_of, query_of
from retape.handlers.fake.compose import compose
from retape.handlers.fake.doubts import answered
from retape.handlers.fake.endpoints import (
    audio,
    audio_transcriptions,
    batches,
    chat,
    completions,
    conversations,
    embeddings,
    files,
    images,
    models,
    moderations,
    uploads,
    vector_stores,
    vector_stores_files,
)
from retape.handlers.fake.endpoints.responses import routes as responses
from retape.handlers.fake.identity import Identity, identity
from retape.handlers.fake.limits import rate_headers
from retape.handlers.fake.refusal import VERSION, Refusal, Refused
from retape.handlers.fake.routes import Routes, locate
from retape.handlers.fake.script.cue import Cue, noted
from retape.handlers.fake.script.failures import Failures
from retape.handlers.fake.script.ledger import settle
from retape.handlers.fake.script.matchers import Matchers, conditions
from retape.handlers.fake.script.rule import Rule
from retape.handlers.fake.script.script import Script
from retape.handlers.fake.sent import Requests, Sent
from retape.handlers.fake.settings import NOW, Settings, State, words
from retape.tape.canonical import key
from retape.tape.request import Request
from retape.tape.steps import Chunk, Head, Headers, Step

if TYPE_CHECKING:
    from retape.handlers.fake.script.reading import Written

ROUTES = Routes(
    [
        *audio.ROUTES,
        *audio_transcriptions.ROUTES,
        *batches.ROUTES,
        *chat.ROUTES,
        *completions.ROUTES,
        *conversations.ROUTES,
        *embeddings.ROUTES,
        *files.ROUTES,
        *images.ROUTES,
        *models.ROUTES,
        *moderations.ROUTES,
        *responses.ROUTES,
        *uploads.ROUTES,
        *vector_stores.ROUTES,
        *vector_stores_files.ROUTES,
    ]
)


class Fake:
    """An OpenAI in this process: it validates, remembers, streams and refuses.

    A handler like any other: mount it, serve it, wrap it in faults.  With no script it makes up answers; `on` says
    what it shall say instead.

    Args:
        script: rules from a YAML file, or as a mapping or list of the same form; `on` adds to them.
        strict: whether it is an error when no rule matches a request that a model would answer; None for what the
            script says.  What is stored (files, batches, conversations, responses, ...) lives on by itself.
        seed: of ids and of whatever looks random; the same seed and request give the same bytes.
        profile: "openai" refuses what OpenAI refuses, "lenient" what most compatible servers refuse.
        off: ids of rules that don't count; `requests.last.broke` names the rule for which a request was refused.
            "unknown-parameter" lets messages pass with the fields that LiteLLM and others add to them, which OpenAI
            refuses.
        switches: names of refusals that no request shows, such as "unverified-organization".
        models: names of models to know beside OpenAI's.
        window: the context window, in tokens; None for each model's own.
        keys: API keys that are right; None takes any.
        now: the fake's time in epoch seconds; it stands still.
        organization: its id, as it shows in headers and sentences.
        project: its id.
        requests_per_minute: what the rate-limit headers name as limit; nothing is refused for it.
        tokens_per_minute: the same for tokens.
        max_body: bytes of a request at most.
        unreachable: hosts whose images and files can't be downloaded, beside those that end in `.invalid`.
        keep: how many of the latest requests `requests` has; None for all, which a server that runs for days can't.
        store: how many of the latest responses, files and other things of a kind are stored; None for all, as before.

    Raises:
        ScriptError: the script says what no script can say.
        UsageError: another argument has a value that it can't have.
    """

    def __init__(
        self,
        *,
        script: str | os.PathLike[str] | Mapping[str, Any] | Sequence[Any] | None = None,
        strict: bool | None = None,
        seed: int | str = 0,
        profile: str = "openai",
        off: str | Iterable[str] = (),
        switches: str | Iterable[str] = (),
        models: str | Iterable[str] = (),
        window: int | None = None,
        keys: str | Iterable[str] | None = None,
        now: int = NOW,
        organization: str = "org-retape",
        project: str = "proj_retape",
        requests_per_minute: int = 10_000,
        tokens_per_minute: int = 2_000_000,
        max_body: int = 512 * 1024 * 1024,
        unreachable: str | Iterable[str] = (),
        keep: int | None = None,
        store: int | None = None,
    ) -> None:
        self.settings = Settings(
            seed=str(seed),
            now=now,
            models=words("models", models),
            window=window,
            keys=None if keys is None else frozenset(words("keys", keys)),
            organization=organization,
            project=project,
            profile=profile,
            off=frozenset(words("off", off)),
            switches=frozenset(words("switches", switches)),
            requests_per_minute=requests_per_minute,
            tokens_per_minute=tokens_per_minute,
            max_body=max_body,
            unreachable=words("unreachable", unreachable),
            keep=keep,
            store=store,
        )
        admission.rulebook(self.settings)  # a rule that doesn't exist is an error at once
        admission.switches(self.settings)
        self._state = State(store)
        self._lock = threading.RLock()
        self._sent: deque[Sent] = deque(maxlen=keep)
        self._coming = threading.local()
        self._script = Script(strict=bool(strict))
        self._failures = Failures(self._inside)
        if script is not None:
            self._follow(_written(script), strict)

    def __repr__(self) -> str:
        told = f"{len(self._script.rules)} rules, {len(self._sent)} requests"
        return f"<Fake {'strict, ' * self._script.strict}{told}>"

    def __call__(self, request: Request) -> Iterator[Step]:
        """The answer to a request."""
        __tracebackhide__ = True
        sent = Sent(request)
        with self._lock:
            self._sent.append(sent)
            if not self._failures:
                return self._answer(sent)
            sent.endpoint = self._endpoint(request)
            return noted(sent, self._failing(sent))

    def _failing(self, sent: Sent) -> Iterator[Step]:
        """The answer with the faults for all requests around it; they ask `_inside` when they like, or not at all."""
        self._coming.sent = sent
        steps = self._failures(sent.request)
        try:
            for step in steps:
                yield step
                self._coming.sent = sent  # meanwhile this thread may have answered others
        finally:
            getattr(steps, "close", int)()

    def _inside(self, request: Request) -> Iterator[Step]:
        """The answer, when no fault for all requests took its place."""
        with self._lock:
            sent, self._coming.sent = self._coming.sent, None
            return self._answer(sent or Sent(request))

    def _answer(self, sent: Sent) -> Iterator[Step]:
        request = sent.request
        unique = self._identity(request)
        sent.request_id = unique.mint("request")
        limits: Headers = ()
        cue: Cue | None = None
        try:
            route, path, deployment = admission.find(ROUTES, request, self.settings)
            sent.endpoint = route.operation
            if route.limited:
                limits = self._limits(len(request.body) // 4)
            cue = self._cue(sent, unique)
            call = Call(
                request=request,
                route=route,
                path=path,
                query=query_of(request),
                body=body_of(request, route),
                identity=unique,
                settings=self.settings,
                state=self._state,
                answer=cue,
                again=self,
                deployment=deployment,
            )
            admission.admit(call)
            sent.hear(call.body)
            return cue.play(lambda: self._steps(answered(call, own=cue.raised), sent, limits))
        except admission.NoEndpoint as unknown:
            nowhere = unknown.refusal
            return self._cue(sent, unique).play(lambda: self._refused(sent, nowhere))
        except Refused as refused:
            if cue:
                cue.put_back()
            else:
                sent.endpoint = self._endpoint(request)
            sent.broke = refused.rule
            return self._refused(sent, refused.refusal, limits)

    def _cue(self, sent: Sent, unique: Identity) -> Cue:
        return Cue(self._script, sent, lambda ask, index: compose(ask, unique, index=index), self._lock)

    @staticmethod
    def _refused(sent: Sent, refusal: Refusal, limits: Headers = ()) -> Iterator[Step]:
        sent.status = refusal.status
        return refusal.steps(sent.request_id, limits)

    def _endpoint(self, request: Request) -> str:
        """The endpoint that a request is meant for, whether it gets there or not."""
        place = locate(request.path, lenient=self.settings.lenient_paths)
        found = ROUTES.find(request.method, place.path)
        return found[0].operation if found else ""

    def _identity(self, request: Request) -> Identity:
        told = key(request, ("stream", "stream_options"))
        while True:
            unique = identity(self.settings.seed, *told, str(self._state.count(told)))
            if not self._state.knows(unique):
                return unique

    def _limits(self, tokens: int) -> Headers:
        requests, most = self.settings.requests_per_minute, self.settings.tokens_per_minute
        return rate_headers(requests=requests, tokens=most, requests_left=requests - 1, tokens_left=most - tokens)

    def _steps(self, answer: Answer, sent: Sent, limits: Headers) -> Iterator[Step]:
        sent.status = answer.status
        head: Headers = (
            ("content-type", answer.content_type),
            ("openai-organization", self.settings.organization),
            ("openai-processing-ms", "12"),
            ("openai-project", self.settings.project),
            VERSION,
            ("x-request-id", sent.request_id),
        )
        return _given(Head(answer.status, head + limits + answer.headers), answer.chunks)

    def on(self, predicate: Callable[[Sent], object] | None = None, /, **matchers: Unpack[Matchers]) -> Rule:
        """A rule for the requests that all the matchers match; without any, for every one.

        The first rule that was declared, matches and isn't used up answers.

        Args:
            predicate: a function of the request that says whether it is one; also as `when=`.
            matchers: `contains`, `pattern` (of the last user message), `system`, `model`, `tool` (offered), `result_of`
                (a tool, whose result comes last), `turn`, `header`, `endpoint`, `path`, `stream`, `body` (JSON path ->
                value), `images`: see `Matchers`.

        Returns:
            The rule, to be told what it does: `fake.on(contains="planet").reply("Earth")`.

        Raises:
            UsageError: an unknown matcher, or a value it doesn't take.
        """
        rule = Rule(conditions(predicate, matchers, ROUTES.operations), lock=self._lock)
        with self._lock:
            self._script.rules.append(rule)
        return rule

    def fail(self, fault: int | str, /, **arguments: Any) -> None:
        """Something goes wrong with every request, before any rule is asked.

        Several take turns: `fail(429, times=2)` and then `fail(500, times=1)` give two errors, and then a third.

        Args:
            fault: a status, with OpenAI's error for it, or the name of a fault (`retape.faults`): "cut".
            arguments: the fault's: `times`, `retry_after`, `after`, ...; for an error also `message`, `type`, `param`
                and `code` in the place of OpenAI's.

        Raises:
            UsageError: an unknown fault or argument, or a value that it doesn't take.
        """
        with self._lock:
            self._failures.add(fault, arguments)

    @property
    def requests(self) -> Requests:
        """What was sent until now, in the order in which it came; a batch's requests too, once they are run."""
        with self._lock:
            return Requests(self._sent, ROUTES.operations)

    def assert_asked(
        self,
        predicate: Callable[[Sent], object] | None = None,
        /,
        *,
        times: int | None = None,
        **matchers: Unpack[Matchers],
    ) -> None:
        """Assert that there was a request that the matchers match; they are those of `on`.

        Args:
            predicate: as in `on`.
            times: how many there were; None for at least one.
            matchers: as in `on`.

        Raises:
            AssertionError: there wasn't; the message says what was sent instead.
            UsageError: an unknown matcher, or a value it doesn't take.
        """
        __tracebackhide__ = True
        self.requests.count_of(times, predicate, matchers)

    def assert_asked_once(
        self, predicate: Callable[[Sent], object] | None = None, /, **matchers: Unpack[Matchers]
    ) -> None:
        """Assert that there was exactly one such request; see `assert_asked`."""
        __tracebackhide__ = True
        self.requests.count_of(1, predicate, matchers)

    def assert_not_asked(
        self, predicate: Callable[[Sent], object] | None = None, /, **matchers: Unpack[Matchers]
    ) -> None:
        """Assert that there was no such request, without matchers none at all; see `assert_asked`."""
        __tracebackhide__ = True
        self.requests.count_of(0, predicate, matchers)

    def check(self) -> None:
        """Assert that the script was followed.

        Raises:
            ScriptNotFollowed: an act or fault was scripted and not asked for as often as was said, or a strict script
                didn't know a request.  Also an AssertionError.
        """
        __tracebackhide__ = True
        with self._lock:
            settle(self._script, self._failures.unasked())

    def reset(self) -> None:
        """Begin anew: no requests, nothing stored, the script at its start."""
        with self._lock:
            self._sent.clear()
            self._state = State(self.settings.store)
            self._script.reset()
            self._failures.reset()

    def _follow(self, written: Written, strict: bool | None) -> None:
        self._script.strict = bool(written.strict if strict is None else strict)
        if self._script.strict and not (written.rules or written.failures):
            written.place.fail("a strict script without rules, which would refuse every request")
        self._script.rules.extend(written.rules)
        for fault, arguments, place in written.failures:
            self._failures.add(fault, arguments, place=place)


def _given(head: Head, chunks: Iterable[bytes]) -> Iterator[Step]:
    yield head
    for data in chunks:
        yield Chunk(data)


def _written(script: str | os.PathLike[str] | Mapping[str, Any] | Sequence[Any]) -> Written:
    """A script from a file, or from a value; what reads them is loaded only now."""
    if isinstance(script, str | os.PathLike):
        from retape.handlers.fake.script.yaml import load

        return load(os.fspath(script), operations=ROUTES.operations)
    from retape.handlers.fake.script.reading import read_value

    return read_value(script, ROUTES.operations)
