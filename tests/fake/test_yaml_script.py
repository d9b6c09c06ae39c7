"""Scripts in YAML: the same words as in Python, each wrong one with its line and column."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import openai
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from retape import Fake, Reply, RetapeError, ScriptError, ScriptNotFollowed, UsageError
from retape.handlers.fake.script.acts import MODIFIERS, WORDS
from retape.handlers.fake.script.matchers import MATCHERS
from retape.handlers.fake.script.reading import read_value
from retape.handlers.fake.script.rule import Rule
from retape.handlers.fake.script.yaml import loads
from speaking import client

MODEL = "gpt-4o-mini"
WEATHER = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}}
TIME = {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object", "properties": {}}}}


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "script.yaml"


def faked(text: str, path: Path) -> Fake:
    path.write_text(text, "utf-8")
    return Fake(script=path)


def chat(fake: Fake, text: str = "Name a planet.", **options: Any) -> Any:
    options = {"model": MODEL, "messages": [{"role": "user", "content": text}]} | options
    retries = options.pop("retries", 0)
    return client(fake, max_retries=retries).chat.completions.create(**options)


def said(fake: Fake, text: str = "Name a planet.", **options: Any) -> Any:
    return chat(fake, text, **options).choices[0].message.content


WHOLE = """\
# What the fake says
strict: true
rules:
  - on: {contains: planet}
    reply: Earth
  - on: {tool: get_weather, turn: 1}
    call: {get_weather: {location: "San Francisco, CA"}}
  - on: {contains: quota}
    acts:
      - fail: {status: 429, times: 2, retry_after: 1}
      - reply: fine
"""


def test_a_script_in_a_file_is_followed(script: Path) -> None:
    fake = faked(WHOLE, script)
    assert said(fake) == "Earth"
    call = chat(fake, "Weather?", tools=[WEATHER]).choices[0].message.tool_calls[0].function
    assert (call.name, call.arguments) == ("get_weather", '{"location":"San Francisco, CA"}')
    assert said(fake, "quota", retries=2) == "fine"
    fake.check()
    with pytest.raises(openai.BadRequestError, match=r"\(script\.yaml:6:5\): tool='get_weather', but no tool is offer"):
        said(fake, "Hm")


def test_a_path_may_be_text(script: Path) -> None:
    script.write_text(WHOLE, "utf-8")
    assert said(Fake(script=str(script))) == "Earth"


def test_an_argument_is_stronger_than_the_file(script: Path) -> None:
    script.write_text(WHOLE, "utf-8")
    assert said(Fake(script=script, strict=False), "Hm")
    script.write_text("- on: {contains: star}\n  reply: Vega\n", "utf-8")
    with pytest.raises(openai.BadRequestError, match="No rule of the script matches"):
        said(Fake(script=script, strict=True))


def test_rules_from_python_come_after_those_of_the_file(script: Path) -> None:
    fake = faked("- on: {contains: planet}\n  reply: Earth\n", script)
    fake.on().reply("else")
    assert [said(fake), said(fake, "star")] == ["Earth", "else"]


VALUES: dict[str, Any] = {
    "function": [{"on": {"when": lambda sent: "planet" in sent.text}, "reply": lambda sent: "Earth"}],
    "reply": [{"reply": Reply(text="Earth")}],
    "mapping": {"strict": True, "rules": [{"on": {"contains": "planet"}, "reply": "Earth"}]},
    "list": [{"on": {"contains": "planet"}, "reply": "Earth"}],
    "tuple": ({"reply": "Earth"},),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_script_may_be_a_value(name: str) -> None:
    assert said(Fake(script=VALUES[name])) == "Earth"


SAYS: dict[str, tuple[str, str]] = {
    "text": ("reply: Earth", "Earth"),
    "a word that YAML 1.1 takes for true": ("reply: yes", "yes"),
    "a number as it is written": ("reply: 1.50", "1.50"),
    "a date": ("reply: 2026-01-01", "2026-01-01"),
    "true": ("reply: true", "true"),
    "quoted": ('reply: "\\u2641"', "\u2641"),
    "block": ("reply: |\n    two\n    lines", "two\nlines\n"),
    "mapping": ("reply: {moons: 1, life: true, x: null}", '{"moons": 1, "life": true, "x": null}'),
    "list": ("reply: [1, 2.5, yes]", '[1, 2.5, "yes"]'),
    "deltas": ("stream: [Ear, th]", "Earth"),
    "in a list of acts": ("acts: [{reply: Earth}]", "Earth"),
    "no matcher": ("on:\n  reply: Earth", "Earth"),
    "an anchor": ("on: {contains: &x planet}\n  reply: *x", "planet"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAYS)
def test_what_is_written_is_said(name: str, script: Path) -> None:
    written, expected = SAYS[name]
    assert said(faked(f"- {written}\n", script)) == expected


CALLED: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "arguments": ("call: {get_weather: {location: Paris}}", [("get_weather", '{"location":"Paris"}')]),
    "none": ("call: {get_weather: }", [("get_weather", "{}")]),
    "name alone": ("call: get_weather", [("get_weather", "{}")]),
    "broken": ("call: {get_weather: '{\"location\": '}", [("get_weather", '{"location": ')]),
    "two": ("call: {get_weather: {}, get_time: {}}", [("get_weather", "{}"), ("get_time", "{}")]),
    "the same twice": (
        "call: [{get_weather: {location: a}}, {get_weather: {location: b}}]",
        [("get_weather", '{"location":"a"}'), ("get_weather", '{"location":"b"}')],
    ),
    "and_call": ("call: get_weather\n  and_call: get_time", [("get_weather", "{}"), ("get_time", "{}")]),
}


@pytest.mark.parametrize("name", CALLED)
def test_what_is_written_is_called(name: str, script: Path) -> None:
    written, expected = CALLED[name]
    message = chat(faked(f"- {written}\n", script), tools=[WEATHER, TIME]).choices[0].message
    assert [(call.function.name, call.function.arguments) for call in message.tool_calls] == expected


FAILS: dict[str, tuple[str, list[int]]] = {
    "status": ("- fail: 429\n  times: 1", [429, 200]),
    "mapping": ("- fail: {status: 429, times: 2}", [429, 429, 200]),
    "options beside it": ("- fail: 429\n  retry_after: 1\n  message: no\n  times: 1", [429, 200]),
    "name": ("- fail: server-error\n  once: true", [500, 200]),
    "fault": ("- fail: {fault: insufficient-quota, times: 1}", [429, 200]),
    "then": ("- acts: [{fail: 500}, {fail: 503}, {reply: fine}]", [500, 503, 200]),
    "everything": ("fail: {status: 500, times: 2}", [500, 500, 200]),
    "everything slowly": ("fail: {fault: drip, size: 100}", [200]),
    "everything in turn": ("fail: [{status: 429, times: 1}, {status: 500, times: 1}]", [429, 500, 200]),
}


@pytest.mark.parametrize("name", FAILS)
def test_what_is_written_fails(name: str, script: Path) -> None:
    written, statuses = FAILS[name]
    fake = faked(written, script)
    chat(fake, retries=3)
    assert [sent.status for sent in fake.requests] == statuses
    fake.check()


def test_a_scripted_answer_is_cut(script: Path) -> None:
    fake = faked("- reply: Earth is far\n  and_fail: {fault: no-done, times: 1}\n", script)
    assert [chunk.choices[0].delta.content for chunk in chat(fake, stream=True)][1] == "Earth"


def test_all_that_python_can_ask_can_be_written(script: Path) -> None:
    written = {
        "contains": "planet", "pattern": "Name.*", "system": "terse", "model": "gpt-4o*", "tool": ["get_weather"],
        "turn": 2, "header": {"x-run": 7}, "endpoint": "chat.completions.create", "path": "*/chat/*", "stream": False,
        "body": {"metadata.run": "1"}, "images": False,
    }  # fmt: skip
    fake = faked(yaml.safe_dump([{"on": written, "reply": "all"}, {"on": {"result_of": "f"}, "reply": "f"}]), script)
    messages = [
        {"role": "system", "content": "terse"},
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": "!"},
        {"role": "user", "content": "Name a planet."},
    ]
    options: dict[str, Any] = {"messages": messages, "tools": [WEATHER], "metadata": {"run": "1"}, "store": True}
    assert said(fake, **options, extra_headers={"x-run": "7"}) == "all"
    assert {*written, "result_of", "when"} == MATCHERS.keys()


WORDS_WRITTEN: dict[str, Any] = {
    "reply": {"reply": "a", "also": ["b"], "reasoning": "r", "finish": "stop", "usage": {}, "annotations": [],
              "tools_used": ["web_search", {"file_search": {}}]},
    "call": {"call": {"f": {"x": 1}}},
    "refuse": {"refuse": "No.", "reasoning": "r", "finish": "content_filter", "usage": {}},
    "stream": {"stream": ["a", 1, "b"], "delay": 1, "reasoning": "", "finish": "stop", "usage": {}, "annotations": [],
               "tools_used": "web_search"},
    "json": {"json": {"a": [1]}, "status": 202, "headers": {"x": "y"}},
    "fail": {"fail": 429, "retry_after": 1, "message": "m", "code": None},
    "made_up": {"made_up": True},
    "times": {"reply": "a", "times": 2},
    "once": {"reply": "a", "once": True},
    "always": {"reply": "a", "always": True},
    "and_call": {"reply": "a", "and_call": {"f": {}}},
    "and_fail": {"reply": "a", "and_fail": {"fault": "cut", "after": 1}},
}  # fmt: skip


def python_twin(fake: Fake, act: dict[str, Any]) -> None:
    """The same act, written in Python."""
    rule: Any = fake.on()
    word = next(iter(act))
    options = {name: value for name, value in act.items() if name != word and name not in MODIFIERS}
    main = act[word]
    if word == "call":
        ((name, arguments),) = main.items()
        rule.call(name, arguments)
        return
    if word == "made_up":
        rule.made_up()
    elif word == "stream":
        rule.stream(*main, **options)
    else:
        getattr(rule, word)(main, **options)
    for name in act.keys() & MODIFIERS.keys():
        value = act[name]
        if name in ("once", "always"):
            getattr(rule, name)()
        elif name == "and_call":
            rule.and_call(*next(iter(value.items())))
        elif name == "and_fail":
            rule.and_fail(value["fault"], after=value["after"])
        else:
            getattr(rule, name)(value)


@pytest.mark.parametrize("word", WORDS_WRITTEN)
def test_python_and_yaml_take_the_same_words(word: str, script: Path) -> None:
    """Each option that the table knows is written here, in both; what comes out is the same."""
    act = WORDS_WRITTEN[word]
    python = Fake()
    python_twin(python, act)
    written = faked(json.dumps([act]), script)
    shown = [[repr(rule) for rule in fake._script.rules] for fake in (python, written)]
    assert shown[0] == shown[1]


@pytest.mark.parametrize("word", WORDS)
def test_pythons_method_has_the_options_of_the_table_and_no_others(word: str) -> None:
    parameters = inspect.signature(getattr(Rule, word)).parameters.values()
    named = {parameter.name for parameter in parameters if parameter.kind is inspect.Parameter.KEYWORD_ONLY}
    assert named == {*WORDS[word].options}
    assert WORDS[word].open or named <= WORDS_WRITTEN[word].keys()


def test_every_word_is_written_here() -> None:
    assert WORDS_WRITTEN.keys() == WORDS.keys() | MODIFIERS.keys()


WRONG: dict[str, tuple[str, str]] = {
    # the file, what is said about it
    "top": ("rule:\n- reply: a\n", r"1:1: no word 'rule' here: did you mean 'rules'\?"),
    "matcher": ("rules:\n- on: {contain: x}\n  reply: a\n", r"2:8: no matcher 'contain': did you mean 'contains'\?"),
    "another's matcher": ("- on:\n    says: x\n  reply: a\n", r"2:5: no matcher 'says': did you mean 'pattern'\?"),
    "act": ("- on: {contains: x}\n  replay: a\n", r"2:3: no word 'replay' here: did you mean 'reply'\?"),
    "another's act": ("- on: {contains: x}\n  respond: a\n", r"2:3: no word 'respond' here: did you mean 'reply'\?"),
    "option": ("- reply: a\n  usge: {}\n", r"2:3: no word 'usge' here: did you mean 'usage'\?"),
    "on": ("- one: {contains: x}\n  reply: a\n", r"1:3: no word 'one' here: did you mean '(on|once)'\?"),
    "no act": ("- on: {contains: x}\n", r"1:3: nothing to do: say one of reply, call, "),
    "no acts": ("- acts: []\n", r"1:3: acts is empty"),
    "two acts": ("- reply: a\n  call: f\n", r"2:3: reply and call in one act; write a list of acts"),
    "beside acts": ("- acts: [{reply: a}]\n  times: 2\n", r"2:3: 'times' stands beside acts"),
    "on in acts": ("- acts:\n  - reply: a\n    on: {contains: x}\n", r"3:5: no word 'on' here"),
    "kind": ("- on: {turn: first}\n  reply: a\n", r"1:14: turn takes a whole number from 1, not 'first'"),
    "flag": ("- on: {stream: yes}\n  reply: a\n", r"1:16: stream takes true or false, not 'yes'"),
    "pattern": ('- on: {pattern: "("}\n  reply: a\n', r"1:17: pattern '\(' is no regular expression"),
    "when": ("- on: {when: x}\n  reply: a\n", r"1:8: when takes a function, which only Python can give"),
    "endpoint": ("- on: {endpoint: chat.create}\n  reply: a\n", r"1:18: endpoint 'chat\.create' is none that the"),
    "empty matcher": ("- on: {contains: }\n  reply: a\n", r"1:\d+: contains takes text or a list of texts, not None"),
    "nothing to say": ("- reply:\n", r"1:\d+: reply: there is nothing to say"),
    "finish": ("- reply: a\n  finish: stopp\n", r"2:11: reply: finish takes a finish reason, .* did you mean 'stop'\?"),
    "a key inside": ("- reply: a\n  usage:\n    prompt_token: 3\n", r"3:5: reply: usage has no 'prompt_token'"),
    "times": ("- reply: a\n  times: -1\n", r"2:10: times takes a whole number from 1, not -1"),
    "once": ("- reply: a\n  once: false\n", r"2:9: once takes true, not False"),
    "status": ("- json: {}\n  status: 99\n", r"2:11: json: status takes a status from 200 to 599, not 99"),
    "fault": ("- fail: cutt\n", r"1:9: no fault 'cutt': did you mean 'cut'\?"),
    "status of a fault": ("- fail: 200\n", r"1:9: fail\(200\): use a status from 400 to 599"),
    "fault's argument": ("- fail:\n    fault: cut\n    aftr: 3\n", r"3:5: cut takes no argument 'aftr': did you mean"),
    "fault's value": ("- fail: {fault: cut, after: x}\n", r"1:29: cut: after='x': Use a whole number"),
    "no fault": ("- fail: {after: 3}\n", r"1:3: fail needs one of status: 429 and fault: cut"),
    "a fault as a key": (
        "- fail: {cut: {aftr: 3}}\n",
        r"1:10: no word 'cut' here: write fail: \{fault: cut, after: 3\}\Z",
    ),
    "a fault as a key, in and_fail": (
        "- reply: a\n  and_fail: {rate_limit: {times: 2, x: 3}}\n",
        r"2:14: no word 'rate_limit' here: write and_fail: \{fault: rate_limit, times: 2\}\Z",
    ),
    "a fault as a key, for all": ("fail:\n- no_done:\n", r"2:3: no word 'no_done' here: write fail: \{fault: no_d"),
    "a status as a key": ("- fail: {429: {times: 2}}\n", r"1:10: .* write fail: \{status: 429, times: 2\}"),
    "no word of fail's": ("- fail: {stat: 429}\n", r"1:10: no word 'stat' here: did you mean 'status'\?"),
    "no word of fail's, second": ("- fail: {after: 3, fult: cut}\n", r"1:20: no word 'fult' here: .* 'fault'\?"),
    "status and fault": ("- fail: {status: 429, fault: cut}\n", r"1:23: status and fault in one fail; say one of them"),
    "an error's word": ("- fail: {status: 429, mesage: x}\n", r"1:23: 429 takes no .* did you mean 'message'\?"),
    "a fault in a fault": (
        "- fail:\n    fault: sequence\n    of:\n    - cut: {aftr: 3}\n",
        r"4:13: cut takes no argument 'aftr': did you mean 'after'\?",
    ),
    "a fault in a fault, for all": ("fail: {fault: sequence, of: [{cutt: {}}]}\n", r"1:31: no fault 'cutt': did you"),
    "a fault's value, for all": ("fail: {fault: cut, how: rest}\n", r"1:25: cut: how='rest': did you mean 'reset'\?"),
    "a call as the API writes it": ("- call: {name: f, arguments: {a: 1}}\n", r"1:9: call .* write f: and its"),
    "argument beside": ("- fail: cut\n  aftr: 3\n", r"2:3: cut takes no argument 'aftr'"),
    "an option inside": ("- reply: {text: a, finish: stop}\n", r"1:20: finish stands beside reply, not in it"),
    "no number": ("- json: {a: .nan}\n", r"1:\d+: json takes a JSON value, not \{'a': nan\}"),
    "no tool": ("- reply: a\n  tools_used: websearch\n", r"2:15: reply: tools_used knows no built-in tool 'websearch'"),
    "a status as text": ("- fail: '429'\n", r"1:9: no fault '429': write the status 429 as a number"),
    "calls": ("- call: 3\n", r"1:9: call takes a tool's name, or its name: arguments, not 3"),
    "arguments": ("- call: {f: 3}\n", r"1:\d+: call takes arguments as a mapping or as text, not 3"),
    "deltas": ("- stream: Earth\n", r"1:11: stream takes a list of deltas"),
    "after always": ("- acts:\n  - {reply: a, always: true}\n  - reply: b\n", r"3:\d+: reply comes after always\(\)"),
    "and_call": ("- fail: 500\n  and_call: f\n", r"2:13: and_call follows reply or call, not fail"),
    "everything": ("fail: {status: 200}\n", r"1:16: fail\(200\): use a status"),
    "strict": ("strict: maybe\nrules: []\n", r"1:9: strict takes true or false, not 'maybe'"),
    "rules": ("rules: {reply: a}\n", r"1:8: rules is a list, not a mapping"),
    "a rule": ("- reply\n", r"1:3: a rule is a mapping, not 'reply'"),
    "on as text": ("- on: planet\n  reply: a\n", r"1:7: on \(such as {contains: planet}\) is a mapping, not 'planet'"),
    "text": ("hello\n", r"1:1: a script is a mapping, not 'hello'"),
    "twice": ("- reply: a\n  on: {contains: x}\n  reply: b\n", r"3:3: 'reply' stands here twice, the first time"),
    "a key that is a list": ("- ? [a]\n  : b\n", r"1:5: a key is a word"),
    "merge": ("- &a {reply: a}\n- <<: *a\n", r"2:3: YAML's merge key << isn't read"),
    "tag": ("- reply: !!python/object:os.system x\n", r"1:10: the tag 'tag:yaml\.org,2002:python/object:"),
    "no int": ("- reply: !!int x\n", r"1:10: 'x' is no int"),
    "no calls": ("- call: []\n", r"1:9: call takes at least one call"),
    "also": ("- reply: a\n  also: b\n", r"2:9: reply: also takes a list of what the further choices say"),
    "a fault's flag": ("- fail: true\n", r"1:9: fail takes a status or a fault's name, not True"),
    "no YAML": ("rules:\n  - reply: [a\n", r"\d:\d: no YAML: "),
    "tab": ("rules:\n\t- reply: a\n", r"2:1: no YAML: .*"),
    "two documents": ("reply: a\n---\nreply: b\n", r"\d:\d: no YAML: .*another document"),
    "control character": ("- reply: \x07\n", r"1:1: no YAML: (special|control) characters are not allowed"),
    "itself": ("- &a [*a]\n", r"1:\d: (an alias that stands for a part of itself|a rule is a mapping)"),
    "too many values": (
        "- &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"- &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in ("ab", "bc", "cd", "de", "ef")),
        r"\d:\d+: more than 100000 values",
    ),
    "too deep": ("- " + "[" * 150 + "]" * 150, r"1:\d+: nested more than 100 levels deep"),
    "alias": ("- reply: *x\n", r"1:10: no YAML: .*undefined alias"),
    "shadowed": (
        "- reply: a\n- on: {contains: x}\n  reply: b\n",
        r"2:3: this rule is never reached: the rule of script\.yaml:1:3 matches all that it does",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_word_is_an_error_with_its_line_and_column(name: str, script: Path) -> None:
    text, message = WRONG[name]
    with pytest.raises(ScriptError, match=rf"\Ascript\.yaml:{message}") as caught:
        faked(text, script)
    assert caught.value.place == f"script.yaml:{caught.value.line}:{caught.value.column}"
    assert "\n" not in str(caught.value)


WRONG_VALUES: dict[str, tuple[Any, str]] = {
    "matcher": ([{"on": {"contain": "x"}, "reply": "a"}], r"script\[0\]\.on\.contain: no matcher 'contain'"),
    "act": ({"rules": [{"reply": "a"}, {"replay": "a"}]}, r"script\.rules\[1\]\.replay: no word 'replay' here"),
    "a key": ([{3: "x"}], r"script\[0\]: the key 3 is no text"),
    "a number": (3, r"script: a script is a mapping, not '3'"),
}


@pytest.mark.parametrize("name", WRONG_VALUES)
def test_a_wrong_value_is_an_error_with_the_way_to_it(name: str) -> None:
    value, message = WRONG_VALUES[name]
    with pytest.raises(ScriptError, match=rf"\A{message}"):
        Fake(script=value)


def test_a_file_that_is_not_there_or_no_text_is_one_sentence(script: Path) -> None:
    with pytest.raises(ScriptError, match=r"\Ascript\.yaml: can't be read: No such file or directory\Z"):
        Fake(script=script)
    script.write_bytes(b"- reply: a\n- reply: \xff\n")
    with pytest.raises(ScriptError, match=r"\Ascript\.yaml:2:1: not UTF-8 \(byte 0xff\)\Z"):
        Fake(script=script)


@pytest.mark.parametrize("text", ["", "# nothing\n", "rules: []\n", "rules:\n", "[]"])
def test_an_empty_script_says_nothing_unless_it_is_strict(text: str, script: Path) -> None:
    assert said(faked(text, script))
    with pytest.raises(ScriptError, match=r"\Ascript\.yaml:\d:\d: a strict script without rules"):
        Fake(script=script, strict=True)


def test_a_byte_order_mark_is_no_part_of_a_script(script: Path) -> None:
    script.write_bytes(b"\xef\xbb\xbf- reply: Earth\n")
    assert said(Fake(script=script)) == "Earth"


def test_a_script_error_is_a_usage_error() -> None:
    assert issubclass(ScriptError, UsageError)
    assert issubclass(ScriptError, RetapeError)


def test_the_ledger_names_lines_of_the_file(script: Path) -> None:
    fake = faked(WHOLE + "fail: {status: 500, times: 1}\n", script)
    with pytest.raises(ScriptNotFollowed, match="not asked for") as caught:
        fake.check()
    assert [line.partition(" ")[0] for line in caught.value.acts] == [
        "script.yaml:5:5:", "script.yaml:7:5:", "script.yaml:10:9:", "script.yaml:11:9:", "script.yaml:12:1:",
    ]  # fmt: skip


def test_optional_rules_owe_nothing(script: Path) -> None:
    faked("- on: {contains: x}\n  reply: a\n  optional: true\n", script).check()


WORDS_OF_ALL = sorted(
    {*MATCHERS, *WORDS, *MODIFIERS, "on", "acts", "rules", "strict", "optional", "fault", "also", "x"}
)
LEAVES = st.sampled_from(["a", "", 0, 1, -1, 429, 0.5, True, False, None, "cut", "chat.*", "(", "models.list"])
VALUES_OF_ALL = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS_OF_ALL), inner, max_size=4),
    max_leaves=12,
)


ACTS_OF_ALL = st.sampled_from([*WORDS_WRITTEN.values(), {"reply": "a", "finish": "x"}, {"fail": {"status": 200}}])
RULES_OF_ALL = st.fixed_dictionaries(
    {"acts": st.lists(ACTS_OF_ALL, min_size=1, max_size=3)},
    optional={"on": st.dictionaries(st.sampled_from(sorted(MATCHERS)), LEAVES, max_size=2), "optional": LEAVES},
)


@settings(max_examples=300, deadline=None)
@given(VALUES_OF_ALL | st.lists(RULES_OF_ALL, max_size=3))
def test_any_value_is_a_script_or_a_script_error_and_the_same_in_a_file(value: Any) -> None:
    outcomes = []
    for read in (lambda: read_value(value), lambda: loads(json.dumps(value))):
        try:
            outcomes.append([repr(rule) for rule in read().rules])
        except ScriptError as error:
            outcomes.append([re.sub(r"script\S*", "", error.problem)])  # without the other rule's place
    assert outcomes[0] == outcomes[1]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="abo:-{}[]&*!|>'\"#%@,? \n\t0", max_size=40))
def test_any_text_is_a_script_or_a_script_error(text: str) -> None:
    try:
        loads(text)
    except ScriptError as error:
        assert error.line >= 1  # noqa: PT017 - either way is fine, but an error has a place


def test_a_script_can_be_read_without_a_fake() -> None:
    written = loads(WHOLE, "script.yaml")
    assert (written.strict, len(written.rules), written.failures) == (True, 3, ())
