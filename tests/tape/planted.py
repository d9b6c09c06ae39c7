"""What must never be kept, and what only looks like it.  Every key is made up."""

from __future__ import annotations

import base64

HEX, ALNUM = "0123456789abcdef", "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zAbCdEfGhIjKlMnOpQrStUvWxYz0123456789"


def of_length(count: int, letters: str = ALNUM) -> str:
    return (letters * (count // len(letters) + 1))[:count]


SHAPES = {
    "OpenAI project": "sk-proj-" + of_length(60) + "-_" + of_length(40),
    "OpenAI legacy": "sk-" + of_length(48),
    "OpenAI service account": "sk-svcacct-" + of_length(60),
    "OpenAI admin": "sk-admin-" + of_length(40),
    "OpenAI session": "sess-" + of_length(40),
    "OpenAI ephemeral": "ek_" + of_length(32, HEX),
    "OpenAI organization": "org-" + of_length(24),
    "Anthropic": "sk-ant-api03-" + of_length(60) + "-AA",
    "OpenRouter": "sk-or-v1-" + of_length(64, HEX),
    "DeepSeek": "sk-" + of_length(32, HEX),
    "Moonshot": "sk-" + of_length(48),
    "Groq": "gsk_" + of_length(52),
    "Google": "AIza" + of_length(35),
    "Google OAuth": "ya29." + of_length(60),
    "Google AI Studio": "AQ." + of_length(50),
    "Hugging Face": "hf_" + of_length(34),
    "xAI": "xai-" + of_length(80),
    "Fireworks": "fw_" + of_length(24),
    "Together v1": "tgp_v1_" + of_length(43),
    "Perplexity": "pplx-" + of_length(48),
    "Cerebras": "csk-" + of_length(48),
    "NVIDIA": "nvapi-" + of_length(64),
    "Replicate": "r8_" + of_length(37),
    "Databricks": "dapi" + of_length(32, HEX),
    "Azure, 84 characters": of_length(52) + "JQQJ99BCACYeBjFXJ3w3AAABACOG" + of_length(4),
    "AWS access": "AKIA" + "IOSFODNN7EXAMPLQ",
    "AWS Bedrock": "ABSK" + of_length(124),
    "GitHub": "ghp_" + of_length(36),
    "Slack": "xoxb-" + "1234567890-" + of_length(24),
    "JSON web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + of_length(43),
}
"""Keys whose shape says whose they are: caught wherever they stand."""

SHAPELESS = {
    "Azure, 32 hex": of_length(32, HEX),
    "Together, 64 hex": of_length(64, HEX[::-1]),
    "Mistral, 32 alphanumeric": of_length(32),
    "Cohere, 40 alphanumeric": of_length(40),
    "AWS secret": of_length(30) + "/+" + of_length(8),
    "a password with everything": 'pa"ss\\w/ö&=+%rd<1>',
}
"""Keys that look like nothing: caught by name, after Authorization and its like, and by the environment."""

INNOCENT = [
    '{"logprobs": {"content": [{"token": " Earth", "logprob": -0.1, "bytes": [32, 69], "top_logprobs": []}]}}',
    '{"token": "<|im_start|>", "logprob": -1e-05}',
    '{"max_tokens": 16, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 0}}',
    "sorted(words, key=len); max(rows, key=lambda row: row[1])",
    'client = OpenAI(base_url=url, api_key=os.environ["OPENAI_API_KEY"])',
    "client = OpenAI(base_url=url, api_key=settings.api_key, timeout=3)",
    "Use bearer authentication, not basic authentication; basic understanding of Basic functionality suffices.",
    '{"type": "object", "properties": {"password": {"type": "string"}}, "required": ["password", "api_key"]}',
    "data:image/png;base64," + base64.b64encode(bytes(range(256)) * 8).decode(),
    '{"encrypted_content": "gAAAAAB' + base64.urlsafe_b64encode(bytes(range(255, 0, -1)) * 4).decode() + '"}',
    '{"embedding": "' + base64.b64encode(bytes(range(0, 250, 5)) * 20).decode() + '"}',
    '{"sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}',
    "commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
    '{"id": "123e4567-e89b-12d3-a456-426614174000"}',
    '{"id": "chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz123"}',
    '{"id": "call_AbCdEfGhIjKlMnOpQrStUvWx", "call_id": "call_0123456789abcdef0123456789abcdef"}',
    '{"id": "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b", "previous_response_id": null}',
    '{"id": "msg_67ccd2bf17f0819081ff3bb2cf6508e60bb6a6b452d3795b"}',
    '{"id": "rs_68af4030baa48193b0b43b4c2a176a1a0e6967589f080e78"}',
    '{"request_id": "req_8a1b2c3d4e5f60718293a4b5c6d7e8f9"}',
    '{"file_id": "file-AbCdEfGhIjKlMnOpQrStUv", "vector_store_id": "vs_67ccd2bed1ec8190b14f964abc05426"}',
    '{"system_fingerprint": "fp_44709d6fcb", "service_tier": "default"}',
    '{"next_page_token": "CAESBgiA1234567890abcdefghijklmnopq"}',
    "task-specific risk-averse disk-encryption-at-rest desk-sharing-agreement",
    "See https://example.test/@user/post and mail me@example.test or https://example.test/?to=me@example.test",
    "The secret is out: tokens are counted, the password is long, the key is in the details.",
    "git clone https://github.com/org/repo.git && pip install basic-package-name==1.2.3",
    "keyboard key=value; ?page=2&sort=key&order=token",
    "def f(token: str, secret: bytes = b'') -> None: ...",
]
"""What only looks like a secret."""
