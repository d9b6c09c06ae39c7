"""What a secret looks like: by the name it stands under, and by its own shape.

Rows to add to: a provider's key that isn't caught is a row missing here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

PLACEHOLDER = "<redacted>"

HEADER_NAME = re.compile(
    r"(?:authorization|cookie|api[-_]?key|auth|(?<!idempotency)[-_]key|token|secret|password|credentials?|signature"
    r"|^openai-organization|^openai-project|^chatgpt-account-id|^x-ms-client-principal.*)$",
    re.IGNORECASE,
)
"""Header fields whose value is secret whatever it looks like."""

_WORDS = (
    r"api[-_]?secret|api[-_]?token|refresh[-_]?token|id[-_]?token|auth[-_]?token|bearer[-_]?token|session[-_]?token"
    r"|security[-_]?token|client[-_]?assertion|access[-_]?key[-_]?id|subscription[-_]?key|authorization|passwd|secret"
    r"|webhook[-_]?secret|connection[-_]?string|credentials?"
)
_ENDINGS = (
    r"api[-_]?key|access[-_]?token|client[-_]?secret|secret[-_]?key|secret[-_]?access[-_]?key|private[-_]?key|password"
)
FIELD = rf"(?:(?:[a-z0-9]{{1,30}}[-_.]){{0,6}}(?:{_WORDS})|[a-z0-9_.-]{{0,60}}(?:{_ENDINGS}))"
"""Keys of JSON objects, forms and URLs (azure_openai_api_key, openaiApiKey); a bare "token" is none: log
probabilities have it."""

_PAIRS = (
    "access key|access token|api key|api token|auth token|bearer token|client assertion|connection string|id token"
    "|private key|refresh token|security token|session token|subscription key"
)
FIELD_NEEDS = "|".join(
    ["authorization|credential|passwd|password|secret", *(_PAIRS.replace(" ", joint) for joint in ("", "-", "_"))]
)
"""What a text contains that has such a key: one of these, in lower case."""


def named(field: str) -> tuple[str, ...]:
    """Patterns for a value that stands under a name.

    Args:
        field: a pattern for the name.
    """
    return (
        rf'(?i)"{field}"\s*:\s*"(?P<secret>(?:[^"\\]|\\.)+)"',  # JSON
        rf'(?i)(?P<q>\\+"|\\*\')(?:{field})(?P=q)\s*:\s*(?P=q)(?P<secret>(?:(?!(?P=q)).)+)',  # in a JSON string
        rf"(?i)(?:\A|(?<=[?&;]))(?:{field})=(?P<secret>[^&\s\"'<>\\]+)",  # a form, a URL
        rf'(?is)name="?(?:{field})"?(?:\r?\n[^\r\n]+)*\r?\n\r?\n(?P<secret>[^\r\n]+)',  # multipart
    )


_RULES: tuple[tuple[str, str, str], ...] = (
    # what it is, what its text contains (one of these, in lower case), its pattern
    *(("by name", FIELD_NEEDS, pattern) for pattern in named(FIELD)),
    # a setting in prose or in a log; code that reads one (`api_key=os.environ[...]`) has a dot or bracket there
    (
        "by name",
        FIELD_NEEDS,
        r"(?i)(?<=[\s\"])" + FIELD + r"=(?P<secret>(?=[a-z_+/-]*\d)[A-Za-z0-9_+/=-]{8,})(?![.\[(\w])",
    ),
    ("by name", "sig=|key=|token=|code=", r"(?i)(?<=[?&])(?:sig|key|token|code)=(?P<secret>[^&\s\"'<>\\]{4,})"),
    ("token", '"token', r'(?i)\\*"token\\*"\s*:\s*\\*"(?P<secret>(?=[a-z_./+-]*\d)[A-Za-z0-9_./+=-]{32,})'),
    ("user and password in a URL", "http:|https:", r"(?i)\bhttps?:(?://|\\/\\/)(?P<secret>[^/\s@\"'\\?#]+)@"),
    # what follows the word, whatever it looks like
    (
        "bearer token",
        "bearer",
        r"(?i)\bbearer\s+(?P<secret>(?=[a-z._~+/-]*\d)[A-Za-z0-9._~+/=-]{12,}|[A-Za-z0-9._~+/=-]{24,})",
    ),
    (
        "basic credentials",
        "basic",
        r"\b[Bb]asic\s+(?P<secret>(?=[A-Za-z+/]*(?:[0-9=]|[a-z][A-Z][a-z]*[A-Z]))[A-Za-z0-9+/=]{12,})",
    ),
    (
        "named in prose",
        "api key|api_key|api-key|apikey|token|secret|password",
        r"(?i)\b(?:api[ _-]?key|access token|secret key|token|secret|password)(?: provided)?\s*(?:is|:|=)\s*[`'\"\\]*"
        r"(?P<secret>(?=[A-Za-z0-9_./+-]*\d)[A-Za-z0-9_./+-]{20,})",
    ),
    # providers' keys
    ("OpenAI, DeepSeek, Moonshot, LiteLLM key", "sk-", r"(?P<secret>\bsk-[A-Za-z0-9_-]{16,})"),
    ("Anthropic key", "sk-ant-", r"(?P<secret>\bsk-ant-[A-Za-z0-9_-]{8,})"),
    ("OpenRouter key", "sk-or-", r"(?P<secret>\bsk-or-(?:v\d-)?[A-Za-z0-9_-]{8,})"),
    ("OpenAI session key", "sess-|sess_", r"(?P<secret>\bsess[-_][A-Za-z0-9]{20,})"),
    ("OpenAI ephemeral key", "ek-|ek_", r"(?P<secret>\bek[-_][A-Za-z0-9]{20,})"),
    ("OpenAI organization", "org-|org_", r"(?P<secret>\borg[-_][A-Za-z0-9]{16,})"),
    ("OpenAI project", "proj-|proj_", r"(?P<secret>\bproj[-_][A-Za-z0-9]{16,})"),
    ("OpenAI user", "user-", r"(?P<secret>\buser-[A-Za-z0-9]{20,})"),
    ("Groq key", "gsk_", r"(?P<secret>\bgsk_[A-Za-z0-9]{20,})"),
    ("Google key", "aiza", r"(?P<secret>\bAIza[A-Za-z0-9_-]{30,})"),
    ("Google OAuth token", "ya29.", r"(?P<secret>\bya29\.[A-Za-z0-9_-]{20,})"),
    ("Google AI Studio key", "aq.", r"(?P<secret>\bAQ\.[A-Za-z0-9_-]{30,})"),
    ("Hugging Face token", "hf_", r"(?P<secret>\bhf_[A-Za-z0-9]{20,})"),
    ("Hugging Face organization's token", "api_org_", r"(?P<secret>\bapi_org_[A-Za-z0-9]{20,})"),
    ("xAI key", "xai-", r"(?P<secret>\bxai-[A-Za-z0-9_-]{20,})"),
    ("Fireworks key", "fw-|fw_", r"(?P<secret>\bfw[-_][A-Za-z0-9]{16,})"),
    ("Together key", "tgp_v", r"(?P<secret>\btgp_v\d_[A-Za-z0-9_-]{16,})"),
    ("Perplexity key", "pplx-", r"(?P<secret>\bpplx-[A-Za-z0-9]{20,})"),
    ("Cerebras key", "csk-", r"(?P<secret>\bcsk-[A-Za-z0-9]{20,})"),
    ("NVIDIA key", "nvapi-", r"(?P<secret>\bnvapi-[A-Za-z0-9_-]{20,})"),
    ("Replicate key", "r8_", r"(?P<secret>\br8_[A-Za-z0-9]{20,})"),
    ("Anyscale key", "esecret_", r"(?P<secret>\besecret_[A-Za-z0-9]{20,})"),
    ("Databricks token", "dapi", r"(?P<secret>\bdapi[a-f0-9]{32}(?:-\d)?)"),
    ("Azure key", "jqqj99", r"(?P<secret>\b[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{20,})"),
    ("AWS access key", "akia|asia", r"(?P<secret>\b(?:AKIA|ASIA)[A-Z0-9]{16}\b)"),
    ("AWS Bedrock key", "absk", r"(?P<secret>\bABSK(?:[A-Za-z0-9+/=]|%2[BF]|%3D){40,})"),
    ("GitHub token", "ghp_|gho_|ghu_|ghs_|ghr_", r"(?P<secret>\bgh[pousr]_[A-Za-z0-9]{30,})"),
    ("GitHub token", "github_pat_", r"(?P<secret>\bgithub_pat_[A-Za-z0-9_]{30,})"),
    ("GitLab token", "glpat-", r"(?P<secret>\bglpat-[A-Za-z0-9_-]{18,})"),
    ("Slack token", "xox", r"(?P<secret>\bxox[abeoprs]-[A-Za-z0-9-]{10,})"),
    ("LangSmith key", "lsv2_", r"(?P<secret>\blsv2_[a-z]{2}_[A-Za-z0-9_]{20,})"),
    ("Langfuse key", "sk-lf-|pk-lf-", r"(?P<secret>\b[sp]k-lf-[A-Za-z0-9-]{20,})"),
    ("Tavily key", "tvly-", r"(?P<secret>\btvly-[A-Za-z0-9_-]{24,})"),
    ("Jina key", "jina_", r"(?P<secret>\bjina_[A-Za-z0-9_-]{24,})"),
    ("Voyage key", "pa-", r"(?P<secret>\bpa-(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{24,})"),
    ("Nomic key", "nk-", r"(?P<secret>\bnk-(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{24,})"),
    ("Cloudflare cookie", "__cf_bm|_cfuvid|cf_clearance", r"(?P<secret>\b(?:__cf_bm|_cfuvid|cf_clearance)=[^;\s\"]+)"),
    ("JSON web token", "eyj", r"(?P<secret>\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)"),
    (
        "private key",
        "-----begin ",
        r"(?P<secret>-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----)",
    ),
)


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern for text decoded as latin-1, where Unicode's blanks (0x85, 0xa0) are the middle of a character."""
    return re.compile(pattern, re.ASCII)


class Rule(NamedTuple):
    """One kind of secret.

    Args:
        name: what it is.
        needs: a text without any of these, in lower case, has no such secret; looking for them is a hundred times
            faster than for the pattern.  Empty: look always.
        pattern: its group `secret` is replaced.
    """

    name: str
    needs: tuple[str, ...]
    pattern: re.Pattern[str]


_BEGINNING = re.compile(r"\(\?P<secret>\\b((?:[A-Za-z0-9_-]|\\\.)*)(?![*+?{])")
"""Where a key may begin, and the letters that all of its kind begin with."""


def _begun(pattern: str) -> str:
    """A pattern with its beginning spelled out: no part of a longer word.

    That is looked for after the first letters, not before them: so the search goes from one of these to the next, which
    is ten times as fast as to try each place.
    """
    return _BEGINNING.sub(r"(?P<secret>\1(?<![A-Za-z0-9_-]\1)", pattern)


RULES: tuple[Rule, ...] = tuple(
    Rule(name, tuple(needs.split("|")), compiled(_begun(pattern))) for name, needs, pattern in _RULES
)

ENVIRONMENT = ("_KEY", "_TOKEN", "_SECRET")
"""Endings of the names of environment variables whose values never reach the disk."""

MIN_VALUE = 8
"""Characters that a value from the environment needs to count as a secret; shorter ones are words."""
