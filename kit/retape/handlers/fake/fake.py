"""`Fake`: the handler that answers as OpenAI would."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

from retape.handlers.fake import admission
from retape.handlers.fake.answer import Answer
from retape.handlers.fake.ask import Ask
from retape.handlers.fake.call import Call, body_of, query_of
from retape.handlers.fake.compose import compose
from retape.handlers.fake.endpoints import (
    chat,
    completions,
    embeddings,
    models,
    moderations,
)
from retape.handlers.fake.identity import Identity, identity
from retape.handlers.fake.limits import rate_headers
from retape.handlers.fake.refusal import VERSION, Refused
from retape.handlers.fake.reply import Reply
from retape.handlers.fake.routes import Routes
from retape.handlers.fake.settings import NOW, Settings, State, words
from retape.tape.canonical import key
from retape.tape.request import Request
from retape.tape.steps import Chunk, Head, Headers, Step

ROUTES = Routes(
    [
        *chat.ROUTES,
        *completions.ROUTES,
        *embeddings.ROUTES,
        *models.ROUTES,
        *moderations.ROUTES,
    ]
)


class Fake:
    """An OpenAI in this process: it validates, remembers, streams and refuses.

    A handler like any other: mount it, serve it, wrap it in faults.  With no script it makes up answers.

    Args:
        seed: of ids and of whatever looks random; the same seed and request give the same bytes.
        profile: "openai" refuses what OpenAI refuses, "lenient" what most compatible servers refuse.
        off: ids of rules that don't count.
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
    """

    def __init__(
        self,
        *,
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
    ) -> None:
        self.settings = Settings(
            seed=str(seed),
            now=now,
            models=words(models),
            window=window,
            keys=None if keys is None else frozenset(words(keys)),
            organization=organization,
            project=project,
            profile=profile,
            off=frozenset(words(off)),
            switches=frozenset(words(switches)),
            requests_per_minute=requests_per_minute,
            tokens_per_minute=tokens_per_minute,
            max_body=max_body,
            unreachable=words(unreachable),
        )
        admission.rulebook(self.settings)  # a rule that doesn't exist is an error at once
        self._state = State()
        self._lock = threading.RLock()

    def __call__(self, request: Request) -> Iterator[Step]:
        """The answer to a request."""
        with self._lock:
            return self._answer(request)

    def _answer(self, request: Request) -> Iterator[Step]:
        unique = self._identity(request)
        limits: Headers = ()
        try:
            route, path, deployment = admission.find(ROUTES, request, self.settings)
            if route.limited:
                limits = self._limits(len(request.body) // 4)
            call = Call(
                request=request,
                route=route,
                path=path,
                query=query_of(request),
                body=body_of(request, route),
                identity=unique,
                settings=self.settings,
                state=self._state,
                answer=lambda ask, index: self._reply(ask, index, unique),
                again=self,
                deployment=deployment,
            )
            admission.admit(call)
            return self._steps(route.endpoint(call), unique, limits)
        except Refused as refused:
            return refused.refusal.steps(unique.mint("request"), limits)

    def _identity(self, request: Request) -> Identity:
        told = key(request, ("stream", "stream_options"))
        return identity(self.settings.seed, *told, str(self._state.count(told)))

    def _reply(self, ask: Ask, index: int, unique: Identity) -> Reply:
        return compose(ask, unique, index=index)

    def _limits(self, tokens: int) -> Headers:
        requests, most = self.settings.requests_per_minute, self.settings.tokens_per_minute
        return rate_headers(requests=requests, tokens=most, requests_left=requests - 1, tokens_left=most - tokens)

    def _steps(self, answer: Answer, unique: Identity, limits: Headers) -> Iterator[Step]:
        head: Headers = (
            ("content-type", answer.content_type),
            ("openai-organization", self.settings.organization),
            ("openai-processing-ms", "12"),
            ("openai-project", self.settings.project),
            VERSION,
            ("x-request-id", unique.mint("request")),
        )
        yield Head(answer.status, head + limits + answer.headers)
        for data in answer.chunks:
            yield Chunk(data)

    def check(self) -> None:
        """Nothing is scripted yet."""
