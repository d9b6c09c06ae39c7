"""What a model refuses in a chat completion, by its traits (`models.TRAITS`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.chat_relations import enabled
from retape.handlers.fake.rules.leaves import listed
from retape.handlers.fake.rules.phrases import shown
from retape.handlers.fake.rules.relation import Body, Find, Relation, value_error
from retape.handlers.fake.rules.setting import Setting

When = Callable[[Body, Setting], bool]


def thinks(body: Body, setting: Setting) -> bool:
    """Whether the model reasons on this request: not, where it can and is told to (measured: openai-refusals E29)."""
    reasoning = body.get("reasoning")
    effort = body.get("reasoning_effort") or (reasoning.get("effort") if isinstance(reasoning, dict) else None)
    default = "none" if setting.has("sampling-at-none") else None
    return (effort or default) != "none" or not setting.has("effort-none")


def _has(trait: str) -> When:
    return lambda _, setting: setting.has(trait)


def _thinking(trait: str) -> When:
    return lambda body, setting: setting.has(trait) and thinks(body, setting)


def _reasoning(_: Body, setting: Setting) -> bool:
    return setting.model is not None and setting.model.kind == "reasoning"


def parameter(field: str, when: When, instead: str = "", *, but: Any = None, code: str | None = None) -> Find:
    """A parameter that a model doesn't take; null is always taken, and so is `but`.

    Args:
        field: the parameter.
        when: whether the model refuses it.
        instead: what the sentence adds.
        but: a value that is taken, the default.
        code: the code.
    """
    sentence = f"Unsupported parameter: '{field}' is not supported with this model.{instead}"

    def find(body: Body, setting: Setting) -> Refusal | None:
        value = body[field]
        fine = value is None or value == but or not when(body, setting)
        return None if fine else value_error(sentence, field, code)

    return find


def value(field: str, when: When, default: Any) -> Find:
    """A parameter of which a model takes the default alone (openai-refusals B27, E30)."""

    def find(body: Body, setting: Setting) -> Refusal | None:
        given = body[field]
        if given is None or given == default or not when(body, setting):
            return None
        sentence = f"Unsupported value: '{field}' does not support {shown(given)} with this model. " + (
            f"Only the default ({shown(default)}) value is supported."
        )
        return value_error(sentence, field, "unsupported_value")

    return find


def sentence(text: str, field: str, when: When, code: str | None = None) -> Find:
    """A parameter that a model refuses in words of its own."""

    def find(body: Body, setting: Setting) -> Refusal | None:
        return value_error(text, field, code) if body[field] is not None and when(body, setting) else None

    return find


def _role(role: str, trait: str) -> Find:
    def find(body: Body, setting: Setting) -> Refusal | None:
        if not setting.has(trait):
            return None
        for index, message in enumerate(body["messages"]):
            if message["role"] == role:
                path = f"messages[{index}].role"
                text = f"Unsupported value: '{path}' does not support '{role}' with this model."
                return value_error(text, path, "unsupported_value")
        return None

    return find


def _effort(body: Body, setting: Setting) -> Refusal | None:
    given, model = body["reasoning_effort"], setting.model
    if given is None or model is None or not model.efforts or given in model.efforts:
        return None
    text = f"Unsupported value: 'reasoning_effort' does not support '{given}' with this model. " + (
        f"Supported values are: {listed(model.efforts, 'and')}."
    )
    return value_error(text, "reasoning_effort", "unsupported_value")


def _tools_and_effort(body: Body, setting: Setting) -> Refusal | None:
    functions = any(tool["type"] == "function" for tool in body.get("tools") or ())
    if not functions or not setting.has("tools-at-none") or body["reasoning_effort"] in ("none", None):
        return None
    text = (
        f"Function tools with reasoning_effort are not supported for {body['model']} in /v1/chat/completions. "
        "To use function tools, use /v1/responses or set reasoning_effort to 'none'."
    )
    return value_error(text, "reasoning_effort")


_UNSTORED = enabled("metadata", "store")


def _unkept(body: Body, setting: Setting) -> Refusal | None:
    """The newest models take metadata of what isn't stored; whether an empty object counts, nobody has told."""
    taken = setting.has("tools-at-none") or (setting.model is not None and setting.model.kind == "any")
    return None if taken or not body["metadata"] else _UNSTORED(body, setting)


def _most(field: str, limit: int, when: When) -> Find:
    text = "Invalid '{}': integer above maximum value. Expected a value <= {}, but got {} instead."

    def find(body: Body, setting: Setting) -> Refusal | None:
        given = body[field]
        if given is None or given <= limit or not when(body, setting):
            return None
        return value_error(text.format(field, limit, shown(given)), field, "integer_above_max_value")

    return find


def _too_many_logprobs(body: Body, setting: Setting) -> Refusal | None:
    limit = 5 if setting.has("tools-at-none") else 20
    if (body["top_logprobs"] or 0) <= limit:
        return None
    return value_error(f"Invalid value for 'top_logprobs': must be less than or equal to {limit}.", "top_logprobs")


def _output(field: str) -> Find:
    def find(body: Body, setting: Setting) -> Refusal | None:
        given, most = body[field], setting.model.max_output if setting.model else 0
        if not most or given is None or given <= most:
            return None
        text = (
            f"max_tokens is too large: {shown(given)}. This model supports at most {most} completion tokens, "
            f"whereas you provided {shown(given)}."
        )
        return value_error(text, field, "invalid_value")

    return find


def _parameter(
    field: str, when: When, source: str, instead: str = "", but: Any = None, *, ahead: bool = True
) -> Relation:
    return Relation(
        rule="unsupported-parameter",
        field=field,
        find=parameter(field, when, instead, but=but, code="unsupported_parameter"),
        says="a parameter that the model doesn't take",
        source=source,
        reads=("reasoning_effort",),
        ahead=ahead,
    )


def _row(rule: str, field: str, find: Find, says: str, source: str, *reads: str) -> Relation:
    return Relation(rule=rule, field=field, find=find, says=says, source=source, reads=reads)


_MEASURED = "measured with openai-refusals E30 (gpt-5.6-terra)"
_INSTEAD = " Use 'max_completion_tokens' instead."
_NEWEST = _has("tools-at-none")
_UNKNOWN = "Unknown parameter: '{}'."
_NO_EFFORT = "Unrecognized request argument supplied: reasoning_effort"
_VALUE = "a value that the model doesn't take"
_A_4 = "This model does not support the 'logprobs' parameter."


def _speaks(_: Body, setting: Setting) -> bool:
    return setting.has("no-logprobs") and setting.model is not None and setting.model.kind == "audio"


def _quiet(body: Body, setting: Setting) -> bool:
    return not _speaks(body, setting) and _thinking("no-logprobs")(body, setting)


ROWS: tuple[Relation, ...] = (
    _parameter("max_tokens", _has("no-max-tokens"), "openai-refusals A18", _INSTEAD),
    _parameter("stop", _has("no-stop"), "openai-refusals A19"),
    _parameter("logprobs", _quiet, "openai-refusals A17", but=False),
    _parameter("frequency_penalty", _thinking("no-penalties"), _MEASURED, but=0),
    _parameter("presence_penalty", _thinking("no-penalties"), _MEASURED, but=0),
    _parameter("logit_bias", _reasoning, _MEASURED),
    _parameter("prediction", _reasoning, _MEASURED),
    _parameter("top_p", _thinking("no-top-p"), "by analogy with openai-refusals A17; E16", but=1, ahead=False),
    _parameter("parallel_tool_calls", _has("no-parallel-tools"), "by analogy with openai-refusals A17"),
    _parameter("tools", _has("no-tools"), "by analogy with openai-refusals A17"),
    _row(
        "unsupported-parameter",
        "logprobs",
        sentence(_A_4, "logprobs", lambda body, setting: body["logprobs"] and _speaks(body, setting)),
        "a parameter that the model doesn't take",
        "openai-refusals A4",
    ),
    _row(
        "unsupported-parameter",
        "reasoning_effort",
        lambda body, setting: (
            Refusal(message=_NO_EFFORT)
            if body["reasoning_effort"] is not None and setting.has("no-reasoning-effort")
            else None
        ),
        "a parameter that the model doesn't take",
        "quoted in issues of many projects; the old sentence of unknown parameters",
    ),
    _row(
        "unsupported-parameter",
        "web_search_options",
        sentence("Web search options not supported with this model.", "web_search_options", _has("no-web-search")),
        "a parameter that the model doesn't take",
        "openai-refusals A5",
    ),
    *(
        _row(
            "unknown-parameter",
            field,
            sentence(_UNKNOWN.format(field), field, _NEWEST, "unknown_parameter"),
            "a parameter that the endpoint knows, and the model not",
            _MEASURED,
        )
        for field in ("audio", "modalities", "web_search_options")
    ),
    _row("unsupported-value", "temperature", value("temperature", _thinking("no-temperature"), 1), _VALUE, _MEASURED),
    _row("unsupported-value", "stream", value("stream", _has("no-stream"), False), _VALUE, "openai-refusals B27"),
    _row("unsupported-value", "reasoning_effort", _effort, _VALUE, _MEASURED),
    _row("unsupported-value", "messages", _role("developer", "no-developer"), _VALUE, "openai-refusals A20"),
    _row("unsupported-value", "messages", _role("system", "no-system"), _VALUE, "openai-refusals A21"),
    _row("unsupported-value", "messages", _role("function", "no-function-role"), _VALUE, "openai-refusals B31"),
    _row(
        "tools-with-effort",
        "reasoning_effort",
        _tools_and_effort,
        "function tools and reasoning exclude each other on chat, for the newest models",
        "openai-refusals B41",
        "tools",
    ),
    _row(
        "metadata-without-store",
        "metadata",
        _unkept,
        "metadata needs store",
        "openai-refusals B66; that gpt-5.6-terra takes it: measured with E1 to E32",
        "store",
    ),
    _row("above-maximum", "n", _most("n", 8, _NEWEST), "a number above the model's limit", _MEASURED),
    _row("top-logprobs-limit", "top_logprobs", _too_many_logprobs, "more log probabilities than there are", _MEASURED),
    _row("max-tokens-limit", "max_tokens", _output("max_tokens"), "more tokens than the model gives", "B11"),
    _row(
        "max-tokens-limit",
        "max_completion_tokens",
        _output("max_completion_tokens"),
        "more tokens than the model gives",
        "openai-refusals B11",
    ),
    _row(
        "unsupported-value",
        "prompt_cache_retention",
        lambda body, setting: (
            value_error("This model is compatible only with 24h extended prompt caching", "prompt_cache_retention")
            if body["prompt_cache_retention"] == "in_memory" and _NEWEST(body, setting)
            else None
        ),
        _VALUE,
        _MEASURED,
    ),
)
"""What models refuse in a chat completion."""
