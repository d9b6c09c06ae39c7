"""What a secret looks like: by the name it stands under, and by its own shape.

Rows to add to: a provider's key that isn't caught is a row missing here.
"""

from __future__ import annotations

import re

PLACEHOLDER = "<redacted>"

HEADER_NAME = re.compile(
    r"(?:authorization|cookie|api[-_]?key|auth[-_]?key|access[-_]?key|token|secret|password|credentials?|signature"
    r"|^openai-organization|^openai-project|^chatgpt-account-id|^x-ms-client-principal.*)$",
    re.IGNORECASE,
)
"""Header fields whose value is secret whatever it looks like."""

_NAMES = (
    r"(?:x[-_])?api[-_]?key|api[-_]?secret|api[-_]?token|access[-_]?token|refresh[-_]?token|id[-_]?token|auth[-_]?token"
    r"|bearer[-_]?token|session[-_]?token|security[-_]?token|client[-_]?secret|client[-_]?assertion|secret[-_]?key"
    r"|secret[-_]?access[-_]?key|(?:aws[-_]?)?access[-_]?key[-_]?id|private[-_]?key|subscription[-_]?key"
    r"|authorization|passwd|password|webhook[-_]?secret|connection[-_]?string"
)
"""Keys of JSON objects, forms and URLs; a bare "token" is none: log probabilities have it."""

_FIELD = r"(?:aws[-_])?(?:[a-z0-9]+[-_])?(?:" + _NAMES + ")"

_RULES: tuple[tuple[str, str], ...] = (
    # name -> where: JSON, JSON in a JSON string, forms and URLs
    ("by name", r'(?i)"' + _FIELD + r'"\s*:\s*"(?P<secret>(?:[^"\\]|\\.)+)"'),
    ("by name", r'(?i)(?P<q>\\+")' + _FIELD + r'(?P=q)\s*:\s*(?P=q)(?P<secret>[^"\\]+)'),
    ("by name", r"(?i)(?:^|(?<=[?&;\s\"]))" + _FIELD + r"=(?P<secret>[^&\s\"'<>\\]{4,})"),
    ("by name", r"(?i)(?<=[?&])(?:sig|key|token|code)=(?P<secret>[^&\s\"'<>\\]{4,})"),
    ("by name", r'(?is)name="?' + _FIELD + r'"?(?:\r?\n[^\r\n]+)*\r?\n\r?\n(?P<secret>[^\r\n]+)'),
    ("user and password in a URL", r"(?i)\bhttps?://(?P<secret>[^/\s:@\"'\\]+:[^/\s@\"'\\]+)@"),
    # what follows the word, whatever it looks like
    ("bearer token", r"(?i)\bbearer\s+(?P<secret>[A-Za-z0-9._~+/=-]{12,})"),
    ("basic credentials", r"(?i)\bbasic\s+(?P<secret>[A-Za-z0-9+/=]{12,})"),
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
    ("Tavily, Jina, Voyage, Nomic key", r"(?P<secret>\b(?:tvly-|jina_|pa-|nk-)[A-Za-z0-9_-]{24,})"),
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
