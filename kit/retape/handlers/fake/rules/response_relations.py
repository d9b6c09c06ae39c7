"""Rules between the fields of a Responses request, and what a model refuses there."""

from __future__ import annotations

from typing import Any

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.chat_relations import enabled
from retape.handlers.fake.rules.leaves import listed
from retape.handlers.fake.rules.model_relations import parameter, thinks, value
from retape.handlers.fake.rules.parts import texts
from retape.handlers.fake.rules.relation import Body, Find, Relation, value_error
from retape.handlers.fake.rules.setting import Setting

MOVED = {
    "functions": "tools",
    "max_completion_tokens": "max_output_tokens",
    "max_tokens": "max_output_tokens",
    "messages": "input",
    "reasoning_effort": "reasoning.effort",
    "response_format": "text.format",
    "verbosity": "text.verbosity",
}
"""Parameters of chat completions, and what they are called here (openai-refusals B40)."""

_REFERENCE = "https://platform.openai.com/docs/api-reference/responses/create"


def _moved(old: str, new: str) -> Relation:
    text = (
        f"Unsupported parameter: '{old}'. In the Responses API, this parameter has moved to '{new}'. Try again with "
        f"the new parameter. See the API documentation for more information: {_REFERENCE}."
    )
    return Relation(
        rule="moved-parameter",
        field=old,
        find=lambda body, setting: value_error(text, old, "unsupported_parameter"),
        says="a parameter of chat completions that has another name here",
        source="openai-refusals B40",
        gateway=True,
    )


def _no_model(body: Body, _: Setting) -> Refusal | None:
    if body.get("model") or body.get("prompt"):
        return None
    return value_error("Missing required parameter: 'model'.", "model", "missing_required_parameter")


def _no_input(body: Body, _: Setting) -> Refusal | None:
    if any(body.get(name) for name in ("input", "previous_response_id", "prompt", "conversation")):
        return None
    text = "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation_id' must be provided."
    return value_error(text, "input", "missing_required_parameter")


def _no_such_model(body: Body, setting: Setting) -> Refusal | None:
    if setting.model is not None or not setting.unknown or not body["model"]:
        return None
    return value_error(f"The requested model '{body['model']}' does not exist.", "model", "model_not_found")


def _gone(body: Body, setting: Setting) -> Refusal | None:
    if not setting.has("shut-down"):
        return None
    text = f"The model `{body['model']}` has been deprecated, learn more here: " + (
        "https://platform.openai.com/docs/deprecations"
    )
    return Refusal(status=404, message=text, code="model_not_found")


def _no_response(body: Body, setting: Setting) -> Refusal | None:
    name = body["previous_response_id"]
    if name is None or setting.response(name):
        return None
    text = f"Previous response with id '{name}' not found."
    return value_error(text, "previous_response_id", "previous_response_not_found")


def _conversation(body: Body) -> str | None:
    given = body.get("conversation")
    return given["id"] if isinstance(given, dict) else given


def _no_conversation(body: Body, setting: Setting) -> Refusal | None:
    name = _conversation(body)
    if name is None or setting.conversation(name):
        return None
    return Refusal(status=404, message=f"Conversation with id '{name}' not found.")


def _two_pasts(body: Body, _: Setting) -> Refusal | None:
    if body["previous_response_id"] is None or body.get("conversation") is None:
        return None
    text = (
        "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. Ensure you are only providing "
        "one of these parameters."
    )
    return value_error(text, "previous_response_id", "mutually_exclusive_parameters")


def _no_storage(body: Body, _: Setting) -> Refusal | None:
    if not body["background"] or body.get("store") is not False:
        return None
    return value_error("Background mode requires 'store' to be true.", "background")


def _choice(body: Body, _: Setting) -> Refusal | None:
    choice, tools = body["tool_choice"], body.get("tools") or ()
    if choice == "required" and not tools:
        return value_error("Tool choice 'required' must be specified with 'tools' parameter.", "tool_choice")
    if not isinstance(choice, dict) or choice["type"] == "allowed_tools" or any(_is(tool, choice) for tool in tools):
        return None
    return value_error(f"Tool choice '{choice['type']}' not found in 'tools' parameter.", "tool_choice")


def _is(tool: dict[str, Any], choice: dict[str, Any]) -> bool:
    """Whether a choice means a tool: by name or label, or by type, of which dated spellings are the same."""
    if choice["type"] in ("function", "custom"):
        inner = [tool, *tool.get("tools", ())]
        return any(each["type"] == choice["type"] and each["name"] == choice["name"] for each in inner)
    if choice["type"] == "mcp":
        return bool(tool["type"] == "mcp" and tool["server_label"] == choice["server_label"])
    return _family(tool["type"]) == _family(choice["type"])


def _family(kind: str) -> str:
    return next((family for family in ("web_search", "computer") if kind.startswith(family)), kind)


def _no_json_word(body: Body, _: Setting) -> Refusal | None:
    if ((body["text"] or {}).get("format") or {}).get("type") != "json_object":
        return None
    given = body.get("input")
    if any("json" in text.lower() for text in ([given] if type(given) is str else texts(given or ()))):
        return None
    text = (
        "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'."
    )
    return value_error(text, "input")


def _effort(body: Body, setting: Setting) -> Refusal | None:
    given, model = (body["reasoning"] or {}).get("effort"), setting.model
    if given is None or model is None or given in model.efforts:
        return None
    if not model.efforts:
        text = "Unsupported parameter: 'reasoning.effort' is not supported with this model."
        return value_error(text, "reasoning.effort", "unsupported_parameter")
    text = f"Unsupported value: '{given}' is not supported with the '{model.id}' model. " + (
        f"Supported values are: {listed(model.efforts, 'and')}."
    )
    return value_error(text, "reasoning.effort", "unsupported_value")


def _verbosity(body: Body, setting: Setting) -> Refusal | None:
    given, model = (body["text"] or {}).get("verbosity"), setting.model
    if given in (None, "medium") or model is None or not (model.kind == "chat" or "codex" in model.id):
        return None
    text = f"Unsupported value: '{given}' is not supported with the '{model.id}' model. Supported values are: 'medium'."
    return value_error(text, "text.verbosity", "unsupported_value")


def _thinks(body: Body, setting: Setting) -> bool:
    reasons = setting.model is not None and setting.model.kind == "reasoning"
    return reasons and setting.has("no-logprobs") and thinks(body, setting)


def _logprobs(body: Body, setting: Setting) -> Refusal | None:
    if not body["top_logprobs"] or not _thinks(body, setting):
        return None
    text = "logprobs are not supported with reasoning models."
    return value_error(text, "top_logprobs", "unsupported_parameter")


def _secret(body: Body, setting: Setting) -> Refusal | None:
    asked = "reasoning.encrypted_content" in (body["include"] or ())
    if not asked or setting.model is None or setting.model.kind == "reasoning":
        return None
    return value_error("Encrypted content is not supported with this model.", "include")


def _sampling(field: str, trait: str) -> Find:
    return parameter(field, lambda body, setting: setting.has(trait) and thinks(body, setting), but=1)


def _row(rule: str, field: str, find: Find, says: str, source: str, *reads: str, gateway: bool = False) -> Relation:
    return Relation(rule=rule, field=field, find=find, says=says, source=source, reads=reads, gateway=gateway)


_TAKES_NOT = "a parameter that the model doesn't take"

_ROWS: tuple[Relation, ...] = (
    _row("missing-parameter", "", _no_model, "a model has to be named", "openai-refusals B22", gateway=True),
    _row("unknown-model", "model", _no_such_model, "the model has to exist", "openai-refusals A31"),
    _row("retired-model", "model", _gone, "the model must not have been shut down", "openai-refusals A66"),
    _row("two-pasts", "previous_response_id", _two_pasts, "a past answer and a conversation exclude each other",
         "API reference; sentence of a compatible server that copies OpenAI's", "conversation"),
    _row("unknown-response", "previous_response_id", _no_response, "the answer before has to be stored",
         "openai-refusals A32, B39"),
    _row("unknown-conversation", "conversation", _no_conversation, "the conversation has to exist",
         "by analogy with openai-refusals B38"),
    _row("unlisted-tool-choice", "tool_choice", _choice, "the tool that is chosen has to be in tools",
         "CherryHQ/cherry-studio#11138; the sentence of required quoted in several projects", "tools"),
    _row("json-word", "text", _no_json_word, "json_object wants the word json in the input",
         "quoted in issues of several projects", "input"),
    _row("unsupported-value", "reasoning", _effort, "a value that the model doesn't take", "openai-refusals A35"),
    _row("unsupported-value", "text", _verbosity, "a value that the model doesn't take",
         "quoted in many projects with gpt-4o-mini, gpt-4.1 and codex models"),
    _row("unsupported-parameter", "temperature", _sampling("temperature", "no-temperature"), _TAKES_NOT,
         "by analogy with openai-refusals E30", "reasoning"),
    _row("unsupported-parameter", "top_p", _sampling("top_p", "no-top-p"), _TAKES_NOT,
         "by analogy with temperature", "reasoning"),
)  # fmt: skip

CREATE: tuple[Relation, ...] = (
    *(_moved(old, new) for old, new in MOVED.items()),
    *_ROWS,
    _row("missing-input", "", _no_input, "something to answer has to be given", "quoted in issues of several projects"),
    _row("background-without-store", "background", _no_storage, "a background answer has to be stored",
         "API reference; the sentence is not known", "store"),
    _row("stream-options-without-stream", "stream_options", enabled("stream_options", "stream"),
         "stream_options needs stream", "openai-refusals B26", "stream"),
    _row("unsupported-parameter", "top_logprobs", _logprobs, _TAKES_NOT, "openai-refusals A34", "reasoning"),
    _row("unsupported-parameter", "include", _secret, _TAKES_NOT, "microsoft/agent-framework#7483"),
    _row("unsupported-value", "stream", value("stream", lambda _, setting: setting.has("no-stream"), False),
         "a value that the model doesn't take", "openai-refusals B27"),
)  # fmt: skip
"""Relations of creating an answer; those of its input's items are in `links`."""

_SAMPLING = ("temperature", "top_p")

INPUT_TOKENS: tuple[Relation, ...] = tuple(each for each in _ROWS if not each.gateway and each.field not in _SAMPLING)
"""Relations of counting an input."""

COMPACT: tuple[Relation, ...] = tuple(
    each for each in INPUT_TOKENS if each.rule in ("retired-model", "unknown-model", "unknown-response")
)
"""Relations of compacting one."""
