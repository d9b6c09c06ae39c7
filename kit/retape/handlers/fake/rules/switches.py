"""Refusals that no request shows: they are switched on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from retape.handlers.fake import models
from retape.handlers.fake.refusal import Refusal

Make = Callable[[Mapping[str, Any]], Refusal | None]
"""The refusal of a request with this body; None when the switch has nothing to say to it."""

_VERIFY = (
    "Please go to: https://platform.openai.com/settings/organization/general and click on Verify Organization. If you "
    "just verified, it can take up to 15 minutes for access to propagate."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A circumstance of an account.  It is asked before a request is judged, so that a body may hold anything.

    Args:
        make: the refusal, by the request's body.
        says: what is the matter.
        source: rows of openai-refusals.
        endpoints: beginnings of the operations that it is about; () for all.
    """

    make: Make
    says: str
    source: str
    endpoints: tuple[str, ...] = ()

    def refusal(self, endpoint: str, body: Mapping[str, Any]) -> Refusal | None:
        """What this circumstance makes of a request; None when it has nothing to do with it."""
        return self.make(body) if not self.endpoints or endpoint.startswith(self.endpoints) else None


def _always(message: str, **fields: Any) -> Make:
    refusal = Refusal(message=message, **fields)
    return lambda _: refusal


def _is_open(body: Mapping[str, Any]) -> bool:
    """Whether the model asks nobody to be verified."""
    model = models.known(str(body.get("model")))
    return model is not None and "verified" not in model.traits


def _unverified(body: Mapping[str, Any]) -> Refusal | None:
    if not body.get("stream") or _is_open(body):
        return None
    text = f"Your organization must be verified to stream this model. {_VERIFY}"
    return Refusal(message=text, param="stream", code="unsupported_value")


def _unverified_summary(body: Mapping[str, Any]) -> Refusal | None:
    reasoning = body.get("reasoning")
    if not isinstance(reasoning, Mapping) or not reasoning.get("summary") or _is_open(body):
        return _unverified(body)
    text = f"Your organization must be verified to generate reasoning summaries. {_VERIFY}"
    return Refusal(message=text, param="reasoning.summary", code="unsupported_value")


def _unverified_image(body: Mapping[str, Any]) -> Refusal | None:
    name = body.get("model", "")
    if not str(name).startswith(("gpt-image", "chatgpt-image")):
        return None
    return Refusal(status=403, message=f"Your organization must be verified to use the model `{name}`. {_VERIFY}")


def _disabled(body: Mapping[str, Any]) -> Refusal:
    text = f"Project `proj_retape` does not have access to model `{body.get('model', '')}`"
    return Refusal(status=403, message=text, code="model_not_found", layer="gateway")


def _tier(body: Mapping[str, Any]) -> Refusal | None:
    given = body.get("service_tier") not in (None, "auto", "default")
    return Refusal(message="Invalid service_tier argument") if given else None


_SCOPES = (
    "You have insufficient permissions for this operation. Missing scopes: {}. Check that you have the correct role in "
    "your organization (Reader, Writer, Owner) and project (Member, Owner), and if you're using a restricted API key, "
    "that it has the necessary scopes."
)
_TALK = ("chat.completions.create", "completions.create", "embeddings.create")
_QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. For more information on this error, "
    "read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors."
)
_FLAGGED = (
    "Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a "
    "different prompt: https://platform.openai.com/docs/guides/reasoning#advice-on-prompting"
)


def _quota(layer: str) -> Make:
    kind = "insufficient_quota"
    return _always(_QUOTA, status=429, type=kind, code=kind, layer=layer)


SWITCHES: dict[str, Switch] = {
    "unverified-organization": Switch(
        make=_unverified,
        says="the organization isn't verified: nothing streams",
        source="openai-refusals B28",
        endpoints=("chat.completions.create",),
    ),
    "unverified-organization-responses": Switch(
        make=_unverified_summary,
        says="the organization isn't verified: nothing streams, no reasoning is summarised",
        source="openai-refusals B28, B29",
        endpoints=("responses.create",),
    ),
    "unverified-organization-images": Switch(
        make=_unverified_image,
        says="the organization isn't verified: no images",
        source="openai-refusals B30",
        endpoints=("images.",),
    ),
    "disabled-model": Switch(
        make=_disabled,
        says="the project may not use the model",
        source="openai-refusals B52",
        endpoints=_TALK,
    ),
    "no-permission": Switch(
        make=_always("You have insufficient permissions for this operation.", status=401),
        says="the key may not use the model",
        source="openai-refusals A53",
    ),
    "missing-scope": Switch(
        make=_always(_SCOPES.format("api.responses.write"), status=401),
        says="the key lacks the scope of responses",
        source="openai-refusals B48",
        endpoints=("responses.",),
    ),
    "missing-model-scope": Switch(
        make=_always(_SCOPES.format("model.request"), status=401),
        says="the key lacks the scope of model requests",
        source="openai-refusals B48",
        endpoints=_TALK,
    ),
    "wrong-organization": Switch(
        make=_always(
            "OpenAI-Organization header should match organization for API key",
            status=401,
            code="mismatched_organization",
        ),
        says="the organization is another one's",
        source="openai-refusals B49",
    ),
    "no-organization": Switch(
        make=_always(
            "You must be a member of an organization to use the API. Please contact us through our help center at "
            "help.openai.com.",
            status=401,
            code="no_organization",
        ),
        says="the account belongs to no organization",
        source="openai-refusals B50",
    ),
    "unsupported-country": Switch(
        make=_always(
            "Country, region, or territory not supported",
            status=403,
            type="request_forbidden",
            code="unsupported_country_region_territory",
            order=("code", "message", "param", "type"),
        ),
        says="the country is not served",
        source="openai-refusals B51",
    ),
    "no-quota": Switch(make=_quota("gateway"), says="no credit is left", source="openai-refusals B5"),
    "inactive-billing": Switch(
        make=_always(
            "Your account is not active, please check your billing details on our website.",
            status=429,
            type="billing_not_active",
            code="billing_not_active",
            layer="gateway",
        ),
        says="the account is not active",
        source="openai-refusals B6",
    ),
    "billing-hard-limit": Switch(
        make=_always("Billing hard limit has been reached", code="billing_hard_limit_reached"),
        says="the hard limit is reached",
        source="openai-refusals B7",
        endpoints=("images.",),
    ),
    "flagged-prompt": Switch(
        make=_always(_FLAGGED, code="invalid_prompt"),
        says="the prompt was flagged",
        source="openai-refusals B43",
        endpoints=("chat.completions.create", "responses.create"),
    ),
    "no-service-tier": Switch(
        make=_tier,
        says="no service tier but the default is to be had",
        source="openai-refusals B59",
        endpoints=("chat.completions.create", "responses.create"),
    ),
    "image-moderation": Switch(
        make=_always(
            "Your request was rejected by the safety system. If you believe this is an error, contact us at "
            "help.openai.com and include the request ID 00000000-0000-4000-8000-000000000000. "
            "safety_violations=[sexual].",
            type="image_generation_user_error",
            code="moderation_blocked",
            extra=(("moderation_details", {"moderation_stage": "output", "categories": ["sexual"]}),),
        ),
        says="the image was not let through",
        source="openai-refusals B44",
        endpoints=("images.",),
    ),
    "image-policy": Switch(
        make=_always(
            "Your request was rejected as a result of our safety system. Your prompt may contain text that is not "
            "allowed by our safety system.",
            code="content_policy_violation",
        ),
        says="the prompt of an image was not let through, in the words of dall-e",
        source="openai-refusals B45",
        endpoints=("images.",),
    ),
}
"""The switches by name."""
