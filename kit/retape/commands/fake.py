"""`retape fake`: the fake on a socket."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retape.commands import serving
from retape.commands.voice import Voice

if TYPE_CHECKING:
    from retape.handlers import Handler
    from retape.handlers.fake.fake import Fake

NAME = "fake"
HELP = "serve a fake OpenAI: it answers without a key, refuses as OpenAI does, and breaks on command"

_KEPT = 100  # requests; a server runs for days, and nobody asks it for them
_STORED = 1000  # responses, files and so on, of each the latest; OpenAI forgets them too, by their age

_SWITCHES = (
    "unverified-organization, unverified-organization-responses, unverified-organization-images, disabled-model, "
    "no-permission, missing-scope, missing-model-scope, wrong-organization, no-organization, unsupported-country, "
    "no-quota, inactive-billing, billing-hard-limit, flagged-prompt, no-service-tier, image-moderation, image-policy"
)
"""Names of `rules.switches`, written out: help is asked for in a moment, and the rules load in a tenth of a second."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--script", metavar="FILE", help="what it shall answer, in YAML; without it answers are made up"
    )
    parser.add_argument(
        "--cases",
        metavar="DIR",
        nargs="?",
        const="",
        help="answer the requests of the verification suite's cases as they want it (DIR: your own folder of cases)",
    )
    parser.add_argument(
        "--check", action="store_true", help="only read the script and the cases, and say what is wrong in them"
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        default=None,
        help="a request that no rule matches is an error, and so is a fault that never struck",
    )
    parser.add_argument(
        "--pace",
        default="recorded",
        help="of the waits that its script asks for: recorded (default), as it says; instant, none; or a number: 4 is "
        "four times as fast",
    )
    parser.add_argument("--seed", default="0", help="of ids and of whatever looks random (default: %(default)s)")
    parser.add_argument("--profile", default="openai", help="what is refused: openai (default) or lenient")
    parser.add_argument("--off", action="append", default=[], metavar="RULE", help="don't refuse for this rule")
    parser.add_argument(
        "--switch",
        action="append",
        default=[],
        metavar="NAME",
        help=f"refuse for what no request shows: {_SWITCHES}",
    )
    parser.add_argument("--model", action="append", default=[], metavar="NAME", help="know this model, too")
    parser.add_argument("--window", type=int, metavar="TOKENS", help="the context window of every model")
    serving.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve the fake; its script has to have been followed in the end."""
    fake = _made(
        arguments.cases,
        script=arguments.script,
        strict=arguments.strict,
        seed=arguments.seed,
        profile=arguments.profile,
        off=arguments.off,
        switches=arguments.switch,
        models=arguments.model,
        window=arguments.window,
        keep=_KEPT,
        store=_STORED,
    )
    handler = serving.faulted(_paced(fake, arguments.pace), arguments.fault)
    if arguments.check:
        return 0
    voice = Voice(NAME, as_json=arguments.json)
    return serving.serve(arguments, handler, voice, title="a fake OpenAI", close=lambda _: _close(fake))


def _paced(handler: Handler, pace: str) -> Handler:
    """The handler with its waits at a pace; what the faults of the command line ask for is theirs, as in a replay."""
    from retape.handlers.pace import paced, parse_pace

    factor = parse_pace(pace)
    return handler if factor == "recorded" else lambda request: paced(handler(request), factor)


def _made(folder: str | None, **settings: Any) -> Fake:
    """A fake that may know cases; None for none, "" for the shipped ones."""
    from retape.handlers.fake.fake import Fake

    if folder is None:
        return Fake(**settings)
    from retape.verify.cases.reading import load_cases
    from retape.verify.cases.scripted import cases_fake

    return cases_fake(load_cases(Path(folder) if folder else None), **settings)


def _close(fake: Fake) -> serving.Closing:
    """Whether the script was followed."""
    from retape.errors import ScriptNotFollowed

    try:
        fake.check()
    except ScriptNotFollowed as error:
        return serving.Closing(findings=[str(error)])
    return serving.Closing()
