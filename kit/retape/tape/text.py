"""The cassette's text: YAML in one fixed layout, written and read fast.

Every scalar is a literal block or JSON (which YAML includes), so any YAML reader gets the
same data.  PyYAML's own emitter isn't used because it quotes and escapes whatever holds an
emoji or a tab and folds long lines: exactly the bodies that people want to review.  The
reader here understands only what the writer wrote, five to ten times faster than libyaml;
everything else goes to libyaml.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any

INDENT = "  "
_BLOCK_TEXT = re.compile(r"[\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*\Z")
_ESCAPED = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_PLAIN_KEY = re.compile(r"[a-z][a-z0-9_-]*\Z")
_YAML_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_LINE = re.compile(r' *(?:("(?:[^"\\]|\\.)*")|([a-z][a-z0-9_-]*)):(?: (?=\S)|(?=\n))')
_LITERAL = re.compile(r"\|2?([+-]?)\n")
_decode_json = json.JSONDecoder().raw_decode
_ends: dict[int, re.Pattern[str]] = {}


def write_mapping(value: dict[str, Any], indent: str) -> str:
    """A block mapping: one key a line, dictionaries nested unless empty, strings with line breaks as literals."""
    return "".join(f"{indent}{_key(key)}:{_value(item, indent, key)}" for key, item in value.items())


def _key(key: str) -> str:
    return key if _PLAIN_KEY.match(key) and key not in _YAML_WORDS else _json(key)


def _value(value: Any, indent: str, key: str) -> str:
    if isinstance(value, dict) and value and key != "status":
        return "\n" + write_mapping(value, indent + INDENT)
    if isinstance(value, bytes):
        return " " + _binary(value, indent)
    if isinstance(value, str) and key in _TEXT_KEYS:
        return " " + _literal(value, indent)
    if key == "chunks":
        return " " + _rows(value, indent)
    return f" {_json(value)}\n"


_TEXT_KEYS = frozenset({"body", "string", "partial"})


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _literal(text: str, indent: str) -> str:
    if not text.strip() or not _BLOCK_TEXT.match(text):
        return _json(text) + "\n"
    inner = indent + INDENT
    hint = "2" if text[0] in " \n\t" else ""
    chomp = "-" if text[-1] != "\n" else "+" if text[-2] in "\n\t " else ""
    block = (inner + text.replace("\n", "\n" + inner)).replace(f"\n{inner}\n", "\n\n").replace(f"\n{inner}\n", "\n\n")
    if text.startswith("\n"):
        block = block[len(inner) :]
    block = block[: -len(inner)] if text.endswith("\n") else block + "\n"
    return f"|{hint}{chomp}\n{block}"


def _binary(data: bytes, indent: str) -> str:
    return f'!!binary "{base64.b64encode(data).decode()}"\n'


def _rows(pairs: list[list[float]], indent: str) -> str:
    """[[0, 312], [15.1, 288], ...], eight to a line."""
    rows = [", ".join(_json(pair) for pair in pairs[i : i + 8]) for i in range(0, len(pairs), 8)]
    return "[" + f",\n{indent}{INDENT}".join(rows) + "]\n"


def read_mapping(text: str, position: int = 0, indent: int = 0) -> tuple[dict[str, Any], int]:
    """Read what `write_mapping` wrote.

    Args:
        text: the file's text.
        position: where the mapping's first line begins.
        indent: how many spaces its keys are indented.

    Returns:
        The mapping and the position behind it.

    Raises:
        ValueError: the text isn't in the writer's layout.
    """
    found: dict[str, Any] = {}
    prefix = " " * indent
    while position < len(text) and text.startswith(prefix, position):
        line = _LINE.match(text, position)
        if line is None:
            raise ValueError(f"no key at offset {position}")
        key = line[2] or json.loads(line[1])
        position = line.end()
        first = text[position : position + 1]
        if first == "\n":
            found[key], position = read_mapping(text, position + 1, indent + len(INDENT))
        elif first == "|":
            found[key], position = _read_literal(text, position, indent + len(INDENT))
        elif first == "!":
            encoded, position = _decode_json(text, position + len("!!binary "))
            found[key], position = base64.b64decode(encoded), position + 1
        else:
            found[key], position = _decode_json(text, position)
            position += 1
    return found, position


def _read_literal(text: str, position: int, indent: int) -> tuple[str, int]:
    header = _LITERAL.match(text, position)
    if header is None:
        raise ValueError(f"no literal at offset {position}")
    if indent not in _ends:
        _ends[indent] = re.compile(rf"\n(?! {{{indent}}}|\n)")  # the line break first: it is searched for fast
    end = _ends[indent].search(text, header.end() - 1)
    stop = end.end() if end else len(text)
    content = text[header.end() : stop].replace("\n" + " " * indent, "\n")
    content = content[indent:] if content.startswith(" " * indent) else content
    if header[1] == "-":
        content = content[:-1]
    return content, stop
