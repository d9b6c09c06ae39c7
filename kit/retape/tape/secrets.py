"""What a secret looks like: by the name it stands under, and by its own shape.

Rows to add to: a provider's key that isn't caught is a row missing here.
"""

from __future__ import annotations

import re

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


_RULES: tuple[tuple[str, str], ...] = (
    *(("by name", pattern) for pattern in named(FIELD)),
    # a setting in prose or in a log; code that reads one (`api_key=os.environ[...]`) has a dot or bracket there
    ("by name", r"(?i)(?<=[\s\"])" + FIELD + r"=(?P<secret>(?=[a-z_+/-]*\d)[A-Za-z0-9_+/=-]{8,})(?![.\[(\w])"),
    ("by name", r"(?i)(?<=[?&])(?:sig|key|token|code)=(?P<secret>[^&\s\"'<>\\]{4,})"),
    ("token", r'(?i)\\*"token\\*"\s*:\s*\\*"(?P<secret>(?=[a-z_./+-]*\d)[A-Za-z0-9_./+=-]{32,})'),
    ("user and password in a URL", r"(?i)\bhttps?:(?://|\\/\\/)(?P<secret>[^/\s@\"'\\?#]+)@"),
    # what follows the word, whatever it looks like
    ("bearer token", r"(?i)\bbearer\s+(?P<secret>(?=[a-z._~+/-]*\d)[A-Za-z0-9._~+/=-]{12,}|[A-Za-z0-9._~+/=-]{24,})"),
    (
        "basic credentials",
        r"\b[Bb]asic\s+(?P<secret>(?=[A-Za-z+/]*(?:[0-9=]|[a-z][A-Z][a-z]*[A-Z]))[A-Za-z0-9+/=]{12,})",
    ),
    (
        "named in prose",
        r"(?i)\b(?:api[ _-]?key|access token|secret key|token|secret|password)(?: provided)?\s*(?:is|:|=)\s*[`'\"\\]*"
        r"(?P<secret>(?=[A-Za-z0-9_./+-]*\d)[A-Za-z0-9_./+-]{20,})",
    ),
    # providers' keys
    ("OpenAI, DeepSeek, Moonshot, LiteLLM key", r"(?P<secret>\bsk-[A-Za-z0-9_-]{16,})"),
    ("Anthropic key", r"(?P<secret>\bsk-ant-[A-Za-z0-9_-]{8,})"),
    ("OpenRouter key", r"(?P<secret>\bsk-or-(?:v\d-)?[A-Za-z0-9_-]{8,})"),
    ("OpenAI session or ephemeral key", r"(?P<secret>\b(?:sess|ek)[-_][A-Za-z0-9]{20,})"),
    ("OpenAI organization or project", r"(?P<secret>\b(?:org|proj)[-_][A-Za-z0-9]{16,})"),
    ("OpenAI user", r"(?P<secret>\buser-[A-Za-z0-9]{20,})"),
    ("Groq key", r"(?P<secret>\bgsk_[A-Za-z0-9]{20,})"),
    ("Google key", r"(?P<secret>\bAIza[A-Za-z0-9_-]{30,})"),
    ("Google OAuth token", r"(?P<secret>\bya29\.[A-Za-z0-9_-]{20,})"),
    ("Google AI Studio key", r"(?P<secret>\bAQ\.[A-Za-z0-9_-]{30,})"),
    ("Hugging Face token", r"(?P<secret>\b(?:hf|api_org)_[A-Za-z0-9]{20,})"),
    ("xAI key", r"(?P<secret>\bxai-[A-Za-z0-9_-]{20,})"),
    ("Fireworks key", r"(?P<secret>\bfw[-_][A-Za-z0-9]{16,})"),
    ("Together key", r"(?P<secret>\btgp_v\d_[A-Za-z0-9_-]{16,})"),
    ("Perplexity key", r"(?P<secret>\bpplx-[A-Za-z0-9]{20,})"),
    ("Cerebras key", r"(?P<secret>\bcsk-[A-Za-z0-9]{20,})"),
    ("NVIDIA key", r"(?P<secret>\bnvapi-[A-Za-z0-9_-]{20,})"),
    ("Replicate key", r"(?P<secret>\br8_[A-Za-z0-9]{20,})"),
    ("Anyscale key", r"(?P<secret>\besecret_[A-Za-z0-9]{20,})"),
    ("Databricks token", r"(?P<secret>\bdapi[a-f0-9]{32}(?:-\d)?)"),
    ("Azure key", r"(?P<secret>\b[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{20,})"),
    ("AWS access key", r"(?P<secret>\b(?:AKIA|ASIA)[A-Z0-9]{16}\b)"),
    ("AWS Bedrock key", r"(?P<secret>\bABSK[A-Za-z0-9+/=]{40,})"),
    ("GitHub token", r"(?P<secret>\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}))"),
    ("GitLab token", r"(?P<secret>\bglpat-[A-Za-z0-9_-]{18,})"),
    ("Slack token", r"(?P<secret>\bxox[abeoprs]-[A-Za-z0-9-]{10,})"),
    ("LangSmith key", r"(?P<secret>\blsv2_[a-z]{2}_[A-Za-z0-9_]{20,})"),
    ("Langfuse key", r"(?P<secret>\b[sp]k-lf-[A-Za-z0-9-]{20,})"),
    ("Tavily, Jina key", r"(?P<secret>\b(?:tvly-|jina_)[A-Za-z0-9_-]{24,})"),
    ("Voyage, Nomic key", r"(?P<secret>\b(?:pa-|nk-)(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{24,})"),
    ("Cloudflare cookie", r"(?P<secret>\b(?:__cf_bm|_cfuvid|cf_clearance)=[^;\s\"]+)"),
    ("JSON web token", r"(?P<secret>\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)"),
    ("private key", r"(?P<secret>-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----)"),
)

RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern.replace(r"(?P<secret>\b", r"(?P<secret>(?<![A-Za-z0-9_-])"))) for name, pattern in _RULES
)
"""(what it is, the pattern whose group `secret` is replaced)."""

ENVIRONMENT = ("_KEY", "_TOKEN", "_SECRET")
"""Endings of the names of environment variables whose values never reach the disk."""

MIN_VALUE = 8
"""Characters that a value from the environment needs to count as a secret; shorter ones are words."""
