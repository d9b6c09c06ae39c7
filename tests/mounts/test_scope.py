"""Which requests a mount answers: below its base URL, in its block, thread or task, and among other mounts and
cassettes.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import openai
import pytest

import retape
from libraries import INSTALLED, NAMES, OURS
from mounted import ASK, TLS, URL, chat, text
from wire import WireServer, completion


def get(url: str) -> Any:
    with OURS.Client(verify=TLS) as client:
        return client.get(url)


@pytest.fixture(params=INSTALLED, ids=NAMES)
def library(request: pytest.FixtureRequest) -> Any:
    return request.param


BELOW = {
    "https://api.openai.com/v1": True,
    "https://api.openai.com/v1/": True,
    "https://API.openai.com:443/v1": True,
    "https://api.openai.com": True,
    "https://api.openai.com/v1/chat/completions": True,
    "https://api.openai.com/v": False,
    "https://api.openai.com:8443/v1": False,
    "http://api.openai.com/v1": False,
    "https://api.openai.co/v1": False,
}


@pytest.mark.parametrize("base", BELOW)
def test_a_mount_answers_below_its_base_url_and_blocks_the_rest(base: str) -> None:
    with retape.mount(text("fake"), base_url=base):
        if BELOW[base]:
            assert get(URL).text == "fake"
            return
        with pytest.raises(
            retape.NetworkBlocked, match=r"tried to reach api\.openai\.com, and was stopped: retape"
        ) as e:
            get(URL)
        assert 'router.route(host="api.openai.com").pass_through()' in str(e.value)


def test_a_query_is_below_a_base_url_too() -> None:
    with retape.mount(text("fake"), base_url=[URL, "https://x.openai.azure.com"]):
        assert get(f"{URL}?limit=1").text == get("https://x.openai.azure.com/y").text == "fake"


def test_a_clients_own_base_url_will_do() -> None:
    with openai.OpenAI(api_key="unused") as client, retape.mount(text("fake"), base_url=client.base_url):  # type: ignore[arg-type]
        assert get(URL).text == "fake"


def test_beside_the_base_url_this_machine_is_in_reach(library: Any, server: WireServer) -> None:
    with retape.mount(text("fake"), base_url="https://api.openai.com/v1"), library.Client(verify=TLS) as client:
        assert client.get(server.url).json() == completion("Hi")
    assert len(server.requests) == 1


def test_two_mounts_with_a_base_url_each_serve_two_providers() -> None:
    with (
        retape.mount(text("openai"), base_url="https://api.openai.com/v1"),
        retape.mount(text("azure"), base_url="https://x.openai.azure.com"),
    ):
        assert get(URL).text == "openai"
        assert get("https://x.openai.azure.com/openai/v1/models").text == "azure"


WRONG: dict[str, tuple[tuple[Any, ...], dict[str, Any], str]] = {
    "a path": (("c.yaml",), {}, r"not 'c\.yaml'; a cassette's is retape\.replay\(path\)"),
    "a class": ((retape.Cassette,), {}, r"not a class: mount\(Cassette\(\)\)"),
    "a relative URL": ((chat,), {"base_url": "api.openai.com/v1"}, "absolute URL"),
    "another scheme": ((chat,), {"base_url": "ftp://x/"}, "absolute URL"),
    "a query": ((chat,), {"base_url": "https://x/?a=1"}, "absolute URL"),
    "no port": ((chat,), {"base_url": "https://x:y/"}, "base_url='https://x:y/': "),
    "no URL at all": ((chat,), {"base_url": []}, "base_url is empty"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_argument_is_a_usage_error(name: str) -> None:
    arguments, options, words = WRONG[name]
    with pytest.raises(retape.UsageError, match=words):
        retape.mount(*arguments, **options)


def test_the_environment_is_set_for_the_block_and_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    before = dict(os.environ)
    asked: list[retape.Request] = []

    def handler(request: retape.Request) -> Iterator[retape.Step]:
        asked.append(request)
        return chat(request)

    with retape.mount(handler, environment=True), openai.OpenAI() as client:
        client.chat.completions.create(**ASK)
        assert "HTTPS_PROXY" not in os.environ
    assert asked[0].url == URL
    assert asked[0].header("authorization") == "Bearer retape-fakes-this"
    assert dict(os.environ) == before


def test_the_environment_is_left_alone_unless_asked_for() -> None:
    before = dict(os.environ)
    with retape.mount(chat):
        assert dict(os.environ) == before


def said() -> str:
    """Whoever answers here."""
    return str(get(URL).text)


async def asaid() -> str:
    """Whoever answers here, asynchronously."""
    async with OURS.AsyncClient(verify=TLS) as client:
        return str((await client.get(URL)).text)


def test_the_innermost_mount_answers() -> None:
    with retape.mount(text("outer")):
        with retape.mount(text("inner")):
            assert said() == "inner"
        assert said() == "outer"


def test_one_mount_may_be_entered_again_and_again() -> None:
    mount = retape.mount(text("fake"))
    with mount:
        with mount:
            assert said() == "fake"
        assert said() == "fake"
    with mount:
        assert said() == "fake"


def test_a_decorated_function_is_answered_at_each_call() -> None:
    @retape.mount(text("fake"))
    def once() -> str:
        return said()

    @retape.mount(text("fake"))
    async def aonce() -> str:
        return await asaid()

    assert [once(), once(), asyncio.run(aonce())] == ["fake"] * 3


def test_a_generator_can_not_be_decorated() -> None:
    with pytest.raises(TypeError, match=r"mount can't decorate the generator .*values: write with mount\(\.\.\.\)"):

        @retape.mount(text("fake"))
        def values() -> Any:
            yield 1


def test_two_tasks_have_a_mount_each() -> None:
    async def use(name: str) -> list[str]:
        async with retape.mount(text(name)):
            answers = []
            for _ in range(3):
                answers.append(await asaid())
                await asyncio.sleep(0)
            return answers

    async def both() -> list[list[str]]:
        return await asyncio.gather(use("a"), use("b"))

    assert asyncio.run(both()) == [["a"] * 3, ["b"] * 3]


def test_two_threads_have_a_mount_each() -> None:
    gate = threading.Barrier(2)
    answers: dict[str, list[str]] = {}

    def use(name: str) -> None:
        with retape.mount(text(name)):
            gate.wait(30)
            answers[name] = [said() for _ in range(3)]
            gate.wait(30)

    threads = [threading.Thread(target=use, args=[name]) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {"a": ["a"] * 3, "b": ["b"] * 3}


def in_a_thread_of_its_own(function: Callable[[], Any]) -> Any:
    """The function's result, or the exception that it raised, in a thread that knows of no block."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(function())
        except BaseException as error:  # noqa: BLE001 - looked at by the caller
            found.append(error)

    thread = contextvars.Context().run(threading.Thread, target=run)
    thread.start()
    thread.join()
    return found[0]


def test_a_thread_of_the_code_under_test_is_answered() -> None:
    with retape.mount(text("outer")), retape.mount(text("inner")):
        assert in_a_thread_of_its_own(said) == "inner"


def test_a_thread_that_belongs_to_neither_of_two_mounts_is_told_so() -> None:
    first, second = retape.mount(text("a")), retape.mount(chat)
    with first:
        contextvars.Context().run(second.__enter__)
        error = in_a_thread_of_its_own(said)
        contextvars.Context().run(second.__exit__, None, None, None)
    assert isinstance(error, retape.CassetteMiss)
    assert "2 mounts and cassettes are open side by side" in str(error)
    assert "the mount of chat" in str(error)


# ---------------------------------------------------------------------------------- among cassettes


@pytest.fixture
def wrapped() -> Iterator[Callable[[], Any]]:
    """Ask by a transport of the user's around the library's own: (url) -> JSON."""

    class Wrapper(OURS.BaseTransport):  # type: ignore[misc,name-defined]
        inner = OURS.HTTPTransport(verify=TLS)

        def handle_request(self, request: Any) -> Any:
            return self.inner.handle_request(request)

    def ask(url: str) -> Any:
        return OURS.Client(transport=Wrapper(), trust_env=False).get(url).text

    yield ask
    Wrapper.inner.close()


def plainly(url: str) -> Any:
    return get(url).text


@pytest.fixture(params=["plain", "wrapped"])
def asks(request: pytest.FixtureRequest, wrapped: Callable[[str], Any]) -> Callable[[str], Any]:
    """Ask by the client's own transport, and by one around it."""
    return plainly if request.param == "plain" else wrapped


HI = '{"id": "c"'


def test_a_mount_in_a_cassette_answers_for_its_block(
    asks: Callable[[str], Any], server: WireServer, tmp_path: Path
) -> None:
    with retape.use_cassette(tmp_path / "c.yaml", mode="record") as cassette:
        assert asks(f"{server.url}/1").startswith(HI)
        with retape.mount(text("fake")):
            assert asks(f"{server.url}/2") == "fake"
        assert asks(f"{server.url}/3").startswith(HI)
    assert [request.path for request in cassette.requests] == ["/v1/1", "/v1/3"]
    with retape.use_cassette(tmp_path / "c.yaml", unused="fail"):
        assert asks(f"{server.url}/1") == asks(f"{server.url}/3")


def test_a_cassette_in_a_mount_answers_for_its_block(
    asks: Callable[[str], Any], server: WireServer, tmp_path: Path
) -> None:
    with retape.mount(text("fake")):
        with retape.use_cassette(tmp_path / "c.yaml", mode="record") as cassette:
            assert asks(server.url).startswith(HI)
            with retape.mount(text("inner")):
                assert asks(server.url) == "inner"
        assert asks(server.url) == "fake"
    assert len(cassette.requests) == len(cassette.recorded) == len(server.requests) == 1


def test_what_a_mount_does_not_take_is_the_cassettes_around_it(
    asks: Callable[[str], Any], server: WireServer, tmp_path: Path
) -> None:
    with retape.use_cassette(tmp_path / "c.yaml", mode="record"), retape.mount(text("fake"), base_url=URL):
        assert asks(server.url).startswith(HI)
        assert asks(URL) == "fake"
    with retape.use_cassette(tmp_path / "c.yaml", unused="fail"), retape.mount(text("fake"), base_url=URL):
        assert asks(server.url).startswith(HI)
        with pytest.raises(retape.CassetteMiss, match="no recording answers GET"):
            asks("https://example.org/")
    assert len(server.requests) == 1


def test_what_passes_through_in_a_cassette_is_the_cassettes(
    asks: Callable[[str], Any], server: WireServer, tmp_path: Path
) -> None:
    with retape.use_cassette(tmp_path / "c.yaml", mode="record") as cassette, retape.mount(text("fake")) as router:
        router.route(host="127.0.0.1").pass_through()
        assert asks(server.url).startswith(HI)
    assert len(cassette.recorded) == len(server.requests) == 1


def test_a_cassette_still_guards_the_network_when_a_mount_is_in_it(tmp_path: Path) -> None:
    with (
        retape.use_cassette(tmp_path / "c.yaml"),
        retape.mount(text("fake")),
        pytest.raises(retape.NetworkBlocked, match=r"tried to reach example\.com while replaying"),
    ):
        socket.getaddrinfo("example.com", 443)


def test_other_libraries_ask_the_cassette_around_a_mount(server: WireServer, tmp_path: Path) -> None:
    import urllib.request

    with (
        retape.use_cassette(tmp_path / "c.yaml", mode="record") as cassette,
        retape.mount(text("fake")),
        urllib.request.urlopen(f"{server.url}/x") as response,
    ):
        assert response.status == 200
    assert len(cassette.recorded) == 1


METHODS = {
    "Client": "_transport_for_url",
    "AsyncClient": "_transport_for_url",
    "HTTPTransport": "handle_request",
    "AsyncHTTPTransport": "handle_async_request",
}


def methods(library: Any) -> dict[str, Any]:
    return {name: getattr(library, name).__dict__[method] for name, method in METHODS.items()}


def test_nothing_stays_patched_even_when_the_block_fails(library: Any) -> None:
    before = methods(library)
    inside: list[dict[str, Any]] = []

    def fail() -> None:
        inside.append(methods(library))
        raise ZeroDivisionError("in the block")

    with pytest.raises(ZeroDivisionError, match="in the block"), retape.mount(text("fake")):
        fail()
    assert not {*before.values()} & {*inside[0].values()}
    assert methods(library) == before


ORDERS = ["Mm", "MMmm", "MCcm", "CMmc", "MCMmcm", "MMCcmm", "MCmc", "CMcm", "CMMcmm", "MCMcmm"]
"""Which blocks begin (capitals) and end: mounts and cassettes.  The last four don't end as they began, as
in threads."""


@pytest.mark.parametrize("order", ORDERS)
def test_nothing_stays_patched_whatever_ends_first(order: str, library: Any, tmp_path: Path) -> None:
    before = methods(library)
    run_in(order, tmp_path)
    with retape.mount(text("fake")):  # sweeps what had to stay under a cassette's patches
        pass
    assert methods(library) == before


@pytest.mark.parametrize("order", ORDERS)
def test_a_mount_answers_whatever_ended_before(order: str, asks: Callable[[str], Any], tmp_path: Path) -> None:
    run_in(order, tmp_path)
    with retape.mount(text("fake")):
        assert asks(URL) == "fake"


def test_a_mount_answers_when_a_cassette_around_it_has_ended(asks: Callable[[str], Any], tmp_path: Path) -> None:
    cassette = retape.use_cassette(tmp_path / "c.yaml")
    cassette.__enter__()
    with retape.mount(text("fake")):
        cassette.__exit__(None, None, None)
        assert asks(URL) == "fake"


def run_in(order: str, folder: Path) -> None:
    """Begin and end blocks in this order; each capital's end is the next free small letter."""
    begun: dict[str, list[AbstractContextManager[Any]]] = {"M": [], "C": []}
    for number, letter in enumerate(order):
        if letter == "M":
            begun["M"].append(retape.mount(text(str(number))))
        elif letter == "C":
            begun["C"].append(retape.use_cassette(folder / f"{number}.yaml"))
        if letter.isupper():
            begun[letter][-1].__enter__()
        else:
            begun[letter.upper()].pop().__exit__(None, None, None)
