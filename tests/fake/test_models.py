"""Which model names the fake knows, and which it refuses."""

import json
import typing

import pytest
from openai import types
from openai.types import audio, shared

import retape
from retape.handlers.fake.models import MODELS, TRAITS, Model, find
from retape.handlers.fake.models_table import ROWS
from retape.tape.request import Request


def literals(alias):
    """Every string that a type alias of the client allows."""
    arguments = typing.get_args(alias)
    return {a for a in arguments if isinstance(a, str)} | {name for a in arguments for name in literals(a)}


ALIASES = {
    "chat": getattr(shared, "ChatModel", None),
    "all": getattr(shared, "AllModels", None),
    "responses": getattr(shared, "ResponsesModel", None),
    "embedding": getattr(types, "EmbeddingModel", None),
    "image": getattr(types, "ImageModel", None),
    "audio": getattr(types, "AudioModel", None),
    "moderation": getattr(types, "ModerationModel", None),
    "video": getattr(types, "VideoModel", None),
    "speech": getattr(audio, "SpeechModel", None),
}
CLIENTS = {kind: names for kind, alias in ALIASES.items() if (names := literals(alias))}


def test_the_client_names_models_of_every_kind_this_test_looks_at():
    assert {"chat", "all", "embedding", "image", "audio", "moderation", "speech"} <= set(CLIENTS)
    assert "gpt-4o-mini" in CLIENTS["chat"]


@pytest.mark.parametrize("alias", sorted(CLIENTS))
def test_every_model_of_the_installed_client_is_in_the_table(alias):
    assert sorted(CLIENTS[alias] - set(MODELS)) == []


@pytest.mark.parametrize(
    ("alias", "kinds"),
    [
        ("chat", {"chat", "reasoning", "audio"}),
        ("all", {"chat", "reasoning", "audio"}),
        ("embedding", {"embedding"}),
        ("image", {"image"}),
        ("audio", {"transcription"}),
        ("moderation", {"moderation"}),
        ("speech", {"speech"}),
    ],
)
def test_models_have_the_kind_of_the_list_they_are_in(alias, kinds):
    assert {name: MODELS[name].kind for name in CLIENTS[alias] if MODELS[name].kind not in kinds} == {}


def test_only_models_that_are_not_in_the_clients_chat_list_are_refused_on_chat():
    assert sorted(name for name in CLIENTS["chat"] if "responses-only" in MODELS[name].traits) == []


def test_no_model_is_in_the_table_twice():
    assert len(ROWS) == len(MODELS)


def test_traits_are_words_that_are_explained():
    assert {word for model in MODELS.values() for word in model.traits} == set(TRAITS)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("gpt-4o-mini", "chat"),
        ("gpt-4o-2027-01-01", "chat"),
        ("gpt-3.5-turbo-0914", "chat"),
        ("gpt-4.1-2025-06-30", "chat"),
        ("ft:gpt-4o-mini-2024-07-18:my-org::9abcDEF1", "chat"),
        ("ft:gpt-3.5-turbo-0125:my-org:suffix:9abcDEF1", "chat"),
        ("ft:gpt-4o-mini-2024-07-18:my-org::9abcDEF1:ckpt-step-100", "chat"),
        ("gpt-5.4-pro", "reasoning"),
        ("gpt-5.1-codex-mini", "reasoning"),
        ("gpt-7", "reasoning"),
        ("gpt-10.2-mini-2028-02-03", "reasoning"),
        ("gpt-6.2-chat-latest", "reasoning"),
        ("gpt-5.6-luna", "reasoning"),
        ("o5-mini", "reasoning"),
        ("gpt-audio-2", "audio"),
        ("gpt-image-3", "image"),
        ("gpt-image-2-2026-05-05", "image"),
        ("sora-3", "video"),
        ("gpt-realtime-3-mini", "realtime"),
        ("text-embedding-3-small", "embedding"),
    ],
)
def test_a_name_of_the_table_or_of_a_family_is_known(name, kind):
    found = find(name)
    assert found is not None
    assert (found.id, found.kind) == (name, kind)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "gpt-4o-mni",
        "gpt-4o-",
        "gpt4o",
        "gpt-4-mini",
        "GPT-4O",
        "gpt-5-min",
        "gpt-5.",
        "gpt-4o-9999",
        "gpt-4o-2024-7-18",
        "this-model-does-not-exist",
        "invalid-model",
        "bad model",
        "babbage-002-wrong",
        "non-existent-embedding-model",
        "text-embedding-3-smal",
        "ft:123",
        "ft:no-such-model:org::id",
        "claude-sonnet-4",
        "rig-invalid",
    ],
)
def test_a_misspelt_or_foreign_name_is_unknown(name):
    assert find(name) is None


def test_a_fine_tune_has_its_models_limits_and_its_own_owner():
    tuned = find("ft:gpt-4o-mini-2024-07-18:my-org::9abcDEF1")
    assert tuned is not None
    assert (tuned.context, tuned.max_output, tuned.owned_by) == (128_000, 16_384, "my-org")


def test_a_dated_snapshot_shares_the_traits_of_its_model():
    assert find("o3-2027-01-01").traits == find("o3").traits


@pytest.mark.parametrize(
    ("name", "efforts"),
    [
        ("gpt-4o", ()),
        ("o4-mini", ("low", "medium", "high")),
        ("gpt-5", ("minimal", "low", "medium", "high")),
        ("gpt-5.1", ("none", "low", "medium", "high")),
        ("gpt-5.2", ("none", "low", "medium", "high", "xhigh")),
    ],
)
def test_a_model_lists_its_efforts_least_first(name, efforts):
    assert find(name).efforts == efforts


def test_an_extra_name_is_a_model_without_peculiarities_that_does_anything():
    found = find("llama-3", ["llama-3"])
    assert (found.id, found.kind, found.talks, found.max_output, found.traits) == (
        "llama-3",
        "any",
        True,
        0,
        frozenset(),
    )


def test_an_extra_name_of_a_known_model_stays_that_model():
    assert find("o3", ["o3"]) == MODELS["o3"]


def test_an_extra_model_replaces_the_tables():
    small = Model(id="gpt-4o", context=100)
    assert find("gpt-4o", [small]) is small


def test_an_extra_model_makes_no_other_name_known():
    assert find("llama-4", [Model(id="llama-3"), "llama-2"]) is None


@pytest.mark.parametrize(("name", "talks"), [("gpt-4o", True), ("o3", True), ("gpt-audio", True), ("dall-e-2", False)])
def test_a_model_that_answers_messages_says_so(name, talks):
    assert find(name).talks is talks


def test_only_models_of_long_ago_are_shut_down():
    assert "shut-down" in find("gpt-3.5-turbo-0613").traits
    assert "shut-down" not in find("gpt-3.5-turbo").traits


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/chat/completions", 404),
        ("/openai/v1/chat/completions", 200),
        ("/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21", 200),
    ],
)
def test_on_azure_any_name_is_a_deployments(path, status):
    body = {"model": "my-deployment", "messages": [{"role": "user", "content": "Hi"}]}
    headers = (("api-key", "key"), ("content-type", "application/json"))
    head, *_ = retape.Fake()(Request("POST", f"https://host.example{path}", headers, json.dumps(body).encode()))
    assert head.status == status
