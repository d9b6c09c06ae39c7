"""Formats as patterns: what a string of a format looks like that a pattern or something else is asked of as well.

Each has a narrow pattern, of what one would write oneself, and a wide one, of nearly all that the format takes.  They
are for making strings; whether one is of a format is for `formats` to say.
"""

from __future__ import annotations

_LABEL = "[a-z0-9]+(?:-[a-z0-9]+)*"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*\.[a-z]{{2,12}}"
_ANY_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ANY_HOST = rf"{_ANY_LABEL}(?:\.{_ANY_LABEL})*"
_ADDRESS = rf"[\w.!#$%&'*+/=?^`{{|}}~-]{{1,64}}@{_ANY_HOST}"

_DAY = r"(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
_LIKELY_DAY = r"20[0-9]{2}-(?:0[1-9]|1[0-2])-15"
_LEAP_DAY = r"[0-9]{2}(?:0[48]|[2468][048]|[13579][26])-02-29"
_LATE_DAY = r"(?:(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
_NEAR_DAY = rf"20(?:[0-9]{{2}}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|{_LATE_DAY})|{_LEAP_DAY[8:]})"
_ANY_DAY = rf"(?:{_DAY}|[0-9]{{4}}-{_LATE_DAY}|{_LEAP_DAY})"
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_ZONE = r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_LIKELY_TIME = "(?:09|1[0-9]):(?:00|30):00Z"
_PRECISE = rf"{_CLOCK}(?:\.[0-9]{{1,9}})?"

_PART = "(?:[0-9]+W|(?=[0-9T])(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?)"

_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_WORD = "[0-9a-fA-F]{1,4}"

_PLAIN_LINK = rf"https://{_HOST}(?:/[a-z0-9-]+)*"
_ANY_LINK = r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]*"

_LINK = (_PLAIN_LINK, rf"https?://{_ANY_HOST}(?::[0-9]{{1,5}})?[A-Za-z0-9._~/?#@!$&'()*+,;=-]*", _ANY_LINK)
_MAIL = (rf"(?:ada|eve|max)@{_HOST}", rf"[a-z0-9]+(?:[._+-][a-z0-9]+)*@{_HOST}", _ADDRESS)

SHAPES: dict[str, tuple[str, ...]] = {
    "date-time": (
        f"{_LIKELY_DAY}T{_LIKELY_TIME}",
        f"{_NEAR_DAY}T{_PRECISE}Z",
        f"{_NEAR_DAY}T{_PRECISE}{_ZONE}",
        f"{_ANY_DAY}[Tt]{_PRECISE}{_ZONE}",
    ),
    "time": (_LIKELY_TIME, f"{_PRECISE}Z", f"{_PRECISE}{_ZONE}"),
    "date": (_LIKELY_DAY, _NEAR_DAY, _ANY_DAY),
    "duration": (f"P{_PART}",),
    "email": _MAIL,
    "idn-email": _MAIL,
    "hostname": (_HOST, _ANY_HOST),
    "idn-hostname": (_HOST, _ANY_HOST),
    "ipv4": (rf"{_BYTE}(?:\.{_BYTE}){{3}}",),
    "ipv6": (
        rf"2001:db8:(?::{_WORD}){{1,4}}",
        rf"{_WORD}(?::{_WORD}){{7}}|(?:{_WORD}(?::{_WORD}){{0,2}})?::(?:{_WORD}(?::{_WORD}){{0,3}})?",
    ),
    "uuid": (
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
    ),
    **dict.fromkeys(("uri", "iri", "url"), _LINK),
    **dict.fromkeys(("uri-reference", "iri-reference"), (*_LINK, r"[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*")),
    "uri-template": (r"[a-z0-9/]*(?:\{[a-z]+\}[a-z0-9/]*)*", r"[^{}]*(?:\{[^{}]*\}[^{}]*)*"),
    "json-pointer": (r"(?:/(?:[^~/]|~[01])*)*",),
    "relative-json-pointer": (r"(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~[01])*)*)",),
    "json-string": (r'"[^"\\\x00-\x1f]*"|-?[1-9][0-9]*|true|false|null', r"\{\}|\[\]"),
    "byte": ("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==|[A-Za-z0-9+/]=))?",),
}
"""A format's name -> patterns of the whole string, from the likeliest to the widest."""
