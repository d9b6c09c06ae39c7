"""Ids that never move: functions of the fake's seed and of the request they answer.

An identical request that comes again gets ids of its own, by how often it came before: unlike a running number, that
depends neither on the order of different requests nor on the process.
"""

from __future__ import annotations

import hashlib
import string
from dataclasses import dataclass

_LETTERS = string.ascii_letters + string.digits
_AS_LETTER = bytes(ord(_LETTERS[byte % len(_LETTERS)]) for byte in range(256))

FORMS: dict[str, tuple[str, int, str]] = {
    "chat": ("chatcmpl-", 29, _LETTERS),
    "completion": ("cmpl-", 29, _LETTERS),
    "call": ("call_", 24, _LETTERS),
    "response": ("resp_", 50, "hex"),
    "message": ("msg_", 50, "hex"),
    "reasoning": ("rs_", 50, "hex"),
    "function_call": ("fc_", 50, "hex"),
    "function_call_output": ("fco_", 50, "hex"),
    "custom_tool_call": ("ctc_", 50, "hex"),
    "custom_tool_call_output": ("cto_", 50, "hex"),
    "web_search_call": ("ws_", 50, "hex"),
    "file_search_call": ("fs_", 50, "hex"),
    "code_interpreter_call": ("ci_", 50, "hex"),
    "image_generation_call": ("ig_", 50, "hex"),
    "mcp_list_tools": ("mcpl_", 50, "hex"),
    "mcp_call": ("mcp_", 50, "hex"),
    "mcp_approval_request": ("mcpr_", 50, "hex"),
    "computer_call": ("cu_", 50, "hex"),
    "shell_call": ("sh_", 50, "hex"),
    "local_shell_call": ("lsh_", 50, "hex"),
    "apply_patch_call": ("apc_", 50, "hex"),
    "compaction": ("cmp_", 50, "hex"),
    "item": ("item_", 50, "hex"),
    "conversation": ("conv_", 48, "hex"),
    "container": ("cntr_", 48, "hex"),
    "moderation": ("modr-", 29, _LETTERS),
    "file": ("file-", 22, _LETTERS),
    "upload": ("upload_", 32, "hex"),
    "part": ("part_", 32, "hex"),
    "batch": ("batch_", 32, "hex"),
    "batch_request": ("batch_req_", 32, "hex"),
    "vector_store": ("vs_", 32, "hex"),
    "vector_store_batch": ("vsfb_", 32, "hex"),
    "audio": ("audio_", 32, "hex"),
    "image": ("img-", 24, _LETTERS),
    "request": ("req_", 32, "hex"),
    "fingerprint": ("fp_", 10, "hex"),
}
"""What an id is for -> its prefix, how many characters follow, of which alphabet; as in recordings of 2025, 2026."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One call's source of ids and of everything that looks random.

    Args:
        digest: what the seed, the request and its count come to.
    """

    digest: bytes

    def bits(self, kind: str, *place: object) -> int:
        """512 bits that depend on nothing but the call, the kind and the place."""
        return int.from_bytes(self._bytes(kind, place), "big")

    def _bytes(self, kind: str, place: tuple[object, ...]) -> bytes:
        told = "\0".join([kind, *map(str, place)]).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(told, key=self.digest).digest()

    def mint(self, kind: str, *place: object) -> str:
        """An id.

        Args:
            kind: a row of `FORMS`.
            place: what tells it from others of its kind in the same call, such as an index.
        """
        prefix, length, alphabet = FORMS[kind]
        drawn = self._bytes(kind, place)
        text = drawn.hex() if alphabet == "hex" else drawn.translate(_AS_LETTER).decode()
        return prefix + text[:length]


def identity(seed: str, *told: str) -> Identity:
    """The identity that belongs to a seed and what was told.

    Args:
        seed: the fake's seed.
        told: the request's canonical form, its count, ...
    """
    return Identity(hashlib.blake2b("\0".join([seed, *told]).encode("utf-8", "surrogatepass"), digest_size=32).digest())
