"""Providers from YAML files.

provider: groq                               # the file's name without its ending, when left out
name: Groq
about: Groq's own API.
base-url: https://api.groq.com/openai/v1     # "${VARIABLE}" and "${VARIABLE:-otherwise}" are the environment's
key: GROQ_API_KEY                            # the variable with the key; key-optional: true where none is needed
headers: {x-example: "${VARIABLE}"}
models:
- llama-3.3-70b-versatile
- {id: some-model, name: Some Model, lacks: [vision]}
lacks: {web-search: it has no such tool.}    # what cases may need; what isn't named is asked
excluded:
- {cases: ["chat-image*"], models: ["*70b*"], mode: stream, reason: ...}
deviations:
- id: flat-error
rules: [error-object]                      # the rules that it breaks ...
expects: [status]                          # ... and the words of cases that it fails
cases: ["chat-errors/*"]                   # where; and models, and mode; left out: everywhere
reason: Errors are flat objects.
source: vllm-project/vllm#12886
date: 2025-08
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from retape.handlers.fake.script.kinds import nearest
from retape.handlers.fake.script.nodes import Node
from retape.handlers.fake.script.yaml import load_nodes
from retape.verify import rulebook
from retape.verify.cases.actions import ENDPOINTS
from retape.verify.cases.capabilities import CAPABILITIES
from retape.verify.cases.words import WORDS
from retape.verify.providers import fields
from retape.verify.providers.provider import Deviation, Exclusion, Model, Provider, Scope

_SCOPE: Mapping[str, fields.Reader[Any]] = {"cases": fields.texts, "models": fields.texts, "mode": fields.mode}

_MODEL: Mapping[str, fields.Reader[Any]] = {
    "id": fields.text,
    "name": fields.text,
    "lacks": fields.capabilities,
}
_EXCLUSION: Mapping[str, fields.Reader[Any]] = {**_SCOPE, "reason": fields.text}
_DEVIATION: Mapping[str, fields.Reader[Any]] = {
    **_SCOPE,
    "id": fields.identifier,
    "rules": fields.patterns("rule", lambda: [rule.id for rule in rulebook.rules()]),
    "expects": fields.patterns("word of cases", lambda: list(WORDS)),
    "reason": fields.text,
    "source": fields.text,
    "date": fields.date,
}


def load_provider(path: Path) -> Provider:
    """The provider of a file.

    Args:
        path: the file.

    Raises:
        ScriptError: it can't be read, or says what no provider's file can say; it names file, line, column, the field
            and the nearest right word.
    """
    node = load_nodes(path)
    told = fields.fields_of(node, "a provider", _PROVIDER, ("base-url", "models"))
    if not told["models"]:
        node.pairs("a provider")["models"][1].place.fail("'models' is empty: name at least one")
    _check_models(told)
    name = told.pop("provider", path.stem)
    return Provider(**{"name": name, **told}, id=name, file=str(path))


def _model(node: Node) -> Model:
    if node.kind == "scalar":
        name = fields.text(node, "models")
        return Model(id=name, name=name)
    told = fields.fields_of(node, "a model", _MODEL, ("id",))
    return Model(**{"name": told["id"], **told})


def _check_models(told: Mapping[str, Any]) -> None:
    """A pattern of models that fits none of the file's is a slip when it is nearly one; else it means another model."""
    names = [*(model.id for model in told["models"]), *told.get("models_for", {}).values()]
    for about in (*told.get("excluded", ()), *told.get("deviations", ())):
        for pattern in about.scope.models:
            if not any(fnmatchcase(name, pattern) for name in names) and get_close_matches(pattern, names, 1, 0.8):
                fields.fits(pattern, "model", names)


def _scope(told: dict[str, Any]) -> Scope:
    return Scope(cases=told.pop("cases", ()), models=told.pop("models", ()), streams=told.pop("mode", None))


def check_cases(providers: Iterable[Provider], names: Sequence[str], others: Callable[[], Sequence[str]]) -> None:
    """Hold the patterns of cases in providers' files against the cases that there are.

    Args:
        providers: the providers.
        names: "test" and "test/case" of the cases at hand.
        others: gives those of the shipped cases, which a provider's file may mean as well.

    Raises:
        ScriptError: a pattern fits no case.
    """
    for provider in providers:
        for scope in (about.scope for group in (provider.excluded, provider.deviations) for about in group):
            for pattern in scope.cases:
                if not any(fnmatchcase(name, pattern) for name in names) and isinstance(pattern, fields.Placed):
                    fields.fits(pattern, "case", [*names, *others()])


def _exclusion(node: Node) -> Exclusion:
    told = fields.fields_of(node, "an exclusion", _EXCLUSION, ("reason",))
    scope = _scope(told)
    if scope == Scope():
        node.place.fail("an exclusion of everything: it needs 'cases', 'models' or 'mode'")
    return Exclusion(scope=scope, **told)


def _deviation(node: Node) -> Deviation:
    told = fields.fields_of(node, "a deviation", _DEVIATION, ("id", "reason", "source", "date"))
    if not told.get("rules") and not told.get("expects"):
        node.place.fail("a deviation that explains nothing: it needs 'rules' or 'expects'")
    return Deviation(scope=_scope(told), **told)


def _lacks(node: Node, name: str) -> dict[str, str]:
    """What a provider can't, with the reason; a mere list does, too."""
    if node.kind != "mapping":
        return dict.fromkeys(fields.capabilities(node, name), "the provider lacks it.")
    return {fields.capability(key): fields.text(value, key.text) for key, value in node.pairs(repr(name)).values()}


def _models_for(node: Node, name: str) -> dict[str, str]:
    """Endpoints and capabilities with a model each."""
    known = (*ENDPOINTS, *CAPABILITIES)
    for word, (key, _) in node.pairs(repr(name)).items():
        if word not in known:
            key.place.fail(f"there is no endpoint or capability {word!r}; {nearest(word, known)}")
    return fields.mapping(node, name)


def _deviations(node: Node, name: str) -> tuple[Deviation, ...]:
    found: dict[str, Deviation] = {}
    for item in node.items(repr(name)):
        made = _deviation(item)
        if made.id in found:
            item.place.fail(f"there is another deviation {made.id!r} above")
        found[made.id] = made
    return tuple(found.values())


_PROVIDER: Mapping[str, fields.Reader[Any]] = {
    "provider": fields.identifier,
    "name": fields.text,
    "about": fields.text,
    "base-url": fields.url,
    "key": fields.variable,
    "key-optional": fields.flag,
    "headers": fields.mapping,
    "models": fields.listed(_model),
    "models-for": _models_for,
    "lacks": _lacks,
    "excluded": fields.listed(_exclusion),
    "deviations": _deviations,
}
"""The format: each field and its reader."""
