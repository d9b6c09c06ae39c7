"""Files of cases: what they say, and how a mistake in one is told: file, line, column, and the nearest right word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from retape import ScriptError, UsageError
from retape.verify.cases.reading import load_cases
from verify.cases.trying import tried, written

HEAD = "test: t\nendpoint: chat\ncases:\n"

MISTAKES: dict[str, tuple[str, str]] = {
    "an unknown word of a test": (
        "test: t\nendpiont: chat\ncases: {}", "2:1: no word 'endpiont' in a test: did you mean 'endpoint'?"),
    "no endpoint": ("test: t\ncases: {}", "1:1: a test needs endpoint: test, about"),
    "an unknown endpoint": (
        "test: t\nendpoint: chats\ncases: {}", "2:11: no endpoint 'chats': did you mean 'chat'?"),
    "a name with blanks": (
        "test: my test\nendpoint: chat\ncases: {a: {}}", "1:7: test is a name of letters, digits, - and _, not 'my t"),
    "no case": ("test: t\nendpoint: chat\ncases: {}", "3:1: cases is empty: a case is a name with turns, or with ask"),
    "cases that are a list": (HEAD + "- a", "4:1: cases is a mapping, not a list"),
    "a case's name with a slash": (HEAD + "  a/b: {}", "4:3: case is a name of letters"),
    "a case twice": (HEAD + "  a: {}\n  a: {}", "5:3: 'a' stands here twice, the first time in line 4"),
    "an unknown word of a case": (
        HEAD + "  a:\n    expct: {text: x}", "5:5: no word 'expct' in a case: did you mean 'expect'?"),
    "ask beside turns": (
        HEAD + "  a:\n    ask: {}\n    turns: []", "5:5: no word 'ask' in a case: known: about, needs"),
    "no turn": (HEAD + "  a: {turns: []}", "4:7: turns is empty"),
    "an unknown word of a turn": (
        HEAD + "  a:\n    turns:\n    - {asks: {}}", "6:8: no word 'asks' in a turn: did you mean 'ask'?"),
    "an unknown action": (HEAD + "  a: {does: retreive}", "4:13: no does 'retreive': did you mean 'retrieve'?"),
    "an unknown capability": (HEAD + "  a: {needs: [visoin]}", "4:15: no capability 'visoin': did you mean 'vision'?"),
    "needs that are no list": (HEAD + "  a: {needs: tools}", "4:14: needs is a list, not 'tools'"),
    "an unknown mode": (HEAD + "  a: {modes: [streaming]}", "4:15: no mode 'streaming': did you mean 'stream'?"),
    "no mode": (HEAD + "  a: {modes: []}", "4:7: modes is empty: plain, stream"),
    "ask that is text": (HEAD + "  a: {ask: Hi}", "4:12: ask (the arguments) is a mapping, not 'Hi'"),
    "an unknown expectation": (
        HEAD + "  a: {expect: {texts: x}}", "4:16: no word 'texts' in expect: did you mean 'text'?"),
    "an expectation by another name": (
        HEAD + "  a: {expect: {tool_calls: {f: {}}}}", "4:16: no word 'tool_calls' in expect: did you mean 'calls'?"),
    "calls that are no mapping": (
        HEAD + "  a: {expect: {calls: f}}", "4:23: calls takes the tools' names and arguments"),
    "arguments that are text": (
        HEAD + "  a: {expect: {calls: {f: x}}}", "4:23: calls takes the arguments of 'f' as a mapping"),
    "one_of without a list": (
        HEAD + "  a: {expect: {calls: {f: {x: {one_of: 1}}}}}", "4:23: calls takes a list after one_of, not 1"),
    "contains without text": (
        HEAD + "  a: {expect: {calls: {f: {x: {contains: 1}}}}}", "4:23: calls takes text after contains, not 1"),
    "a comparison that is none": (
        HEAD + "  a: {expect: {calls: {f: {x: {contians: a}}}}}",
        "4:23: calls has {contians: ...} for an argument: did you mean 'contains'?"),
    "a finish reason that is none": (
        HEAD + "  a: {expect: {finish: [stop, stopp]}}", "4:24: finish can't be 'stopp': did you mean 'stop'?"),
    "a response's status that is none": (
        HEAD + "  a: {expect: {status: complete}}", "4:24: status can't be 'complete': did you mean 'completed'?"),
    "a status that is none": (
        HEAD + "  a: {expect: {refused: 200}}", "4:25: refused takes a status from 400 to 599, or several, not 200"),
    "an unknown field of a refusal": (
        HEAD + "  a: {expect: {refused: {status: 400, parm: x}}}", "4:25: refused has no 'parm': did you mean 'pa"),
    "a number that is none": (HEAD + "  a: {expect: {choices: two}}", "4:25: choices takes a whole number from 1"),
    "a flag that isn't true": (HEAD + "  a: {expect: {says: false}}", "4:22: says takes true, not False"),
    "items without numbers": (HEAD + "  a: {expect: {items: 2}}", "4:23: items takes a number of items for each field"),
    "vectors of something": (
        HEAD + "  a: {expect: {vectors: {dimension: 2}}}", "4:25: vectors has no 'dimension': did you mean 'dim"),
    "fields without values": (HEAD + "  a: {expect: {fields: x}}", "4:24: fields takes the values of fields"),
    "values that are lists of lists": (
        HEAD + "  a: {expect: {counts: [[1]]}}", "4:24: counts takes a value or a list of values"),
    "logprobs below 0": (HEAD + "  a: {expect: {logprobs: -1}}", "4:26: logprobs takes a whole number from 0"),
    "the turn before the first": (
        HEAD + "  a: {expect: {same: true}}", "4:16: same looks at the turn before, and this is the first"),
    "an unknown act of the answer": (
        HEAD + "  a: {answer: {repl: Hi}}", "4:16: no word 'repl' here: did you mean 'reply'?"),
    "an answer that is text": (HEAD + "  a: {answer: Hi}", "4:15: an answer (such as {reply: Earth}) is a mapping"),
    "an unknown fault": (HEAD + "  a: {answer: {fail: cutt}}", "4:22: no fault 'cutt'"),
    "a result that is a list": (HEAD + "  a: {results: {f: [1]}}", "4:17: the result of 'f' is text"),
    "a history that is no flag": (HEAD + "  a: {history: maybe}", "4:16: history takes true or false, not 'maybe'"),
    "a picture that isn't there": (
        HEAD + "  a: {ask: {x: 'file:lama.png'}}", "4:16: the picture 'file:lama.png' can't be read: No such file"),
    "a picture of another kind": (
        HEAD + "  a: {ask: {x: ['file:llama.bmp']}}", "4:17: 'file:llama.bmp' is no picture: did you mean '.webp'?"),
    "no YAML": ("test: [", "no YAML"),
}  # fmt: skip


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_names_its_place_and_the_nearest_word(what: str, tmp_path: Path) -> None:
    text, said = MISTAKES[what]
    with pytest.raises(ScriptError, match=re.escape(said)) as caught:
        written(text, tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}/test.yaml:")


def test_the_picture_that_was_meant_is_named(tmp_path: Path) -> None:
    (tmp_path / "llama.png").write_bytes(b"\x89PNG")
    with pytest.raises(ScriptError, match=re.escape("did you mean 'llama.png'?")):
        written(HEAD + "  a: {ask: {x: 'file:lama.png'}}", tmp_path)


def test_a_folder_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no folder of cases: .*nowhere"):
        load_cases(tmp_path / "nowhere")


def test_a_folder_without_cases_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "providers").mkdir()
    with pytest.raises(UsageError, match=r"no case in .*: a file of cases is a \*\.yaml with test, endpoint and cases"):
        load_cases(tmp_path)


def test_two_files_cant_have_the_same_case(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yml"):
        (tmp_path / name).write_text(HEAD + "  c: {}")
    with pytest.raises(UsageError, match=r"b\.yml:4: there is a case t c already: .*a\.yaml:4"):
        load_cases(tmp_path)


def test_two_files_may_share_a_test(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.yaml").write_text(HEAD + f"  {name}: {{}}")
    assert [(case.test, case.case) for case in load_cases(tmp_path)] == [("t", "a"), ("t", "b")]


WHOLE = """
test: my-test
about: What the test is for.
endpoint: responses
needs: [responses]
modes: [stream, plain]
ask: {input: Hi, temperature: 0}
cases:
  shared: {}
  own:
    about: What the case is for.
    needs: [tools]
    modes: [plain]
    history: true
    turns:
    - ask: {temperature: 1, tools: [yes, 007, 1.5, null]}
      expect: {text: [yes, 42]}
      results: {f: 12}
      key: nobody
      answer: {reply: "Yes"}
    - does: retrieve
"""


def test_a_case_has_what_its_test_has_and_its_own(tmp_path: Path) -> None:
    shared, own = written(WHOLE, tmp_path)
    assert (shared.about, shared.needs, shared.modes) == ("What the test is for.", {"responses"}, (False, True))
    assert (own.about, own.needs, own.modes) == ("What the case is for.", {"responses", "tools"}, (False,))
    assert (shared.history, own.history) == (False, True)
    assert shared.turns[0].ask == {"input": "Hi", "temperature": 0}
    assert own.turns[0].ask == {"input": "Hi", "temperature": 1, "tools": ["yes", "007", 1.5, None]}
    assert (own.turns[0].does, own.turns[1].does, own.turns[1].ask) == ("responses", "retrieve", {})
    assert (own.turns[0].results, own.turns[0].key) == ({"f": "12"}, "nobody")
    assert [(expected.word, expected.wanted) for expected in own.turns[0].expect] == [("text", ("yes", "42"))]
    assert own.place == f"{tmp_path}/test.yaml:10"


def test_a_case_in_one_mode_is_named_without_it(tmp_path: Path) -> None:
    shared, own = written(WHOLE, tmp_path)
    assert (shared.title(False), shared.title(True)) == (
        "test_my_non_streaming_test (shared)",
        "test_my_streaming_test (shared)",
    )
    assert own.title(False) == "test_my_test (own)"


@pytest.mark.parametrize(
    ("turn", "judged"), [("{expect: {text: x}}", True), ("{expect: {says: true}}", False), ("{}", False)]
)
def test_a_case_is_judged_when_it_says_what_the_model_has_to_say(turn: str, judged: bool, tmp_path: Path) -> None:
    assert written(HEAD + f"  a: {turn}", tmp_path)[0].judged is judged


def test_what_cant_stream_is_asked_once(tmp_path: Path) -> None:
    (case,) = written("test: t\nendpoint: models\ncases:\n  a: {}", tmp_path)
    assert case.modes == (False,)


def test_a_picture_is_sent_as_a_data_uri(tmp_path: Path) -> None:
    (tmp_path / "dot.png").write_bytes(b"\x89PNG")
    (case,) = written(HEAD + "  a: {ask: {messages: [{image: {url: 'file:dot.png'}}]}}", tmp_path)
    assert case.turns[0].ask == {"messages": [{"image": {"url": "data:image/png;base64,iVBORw=="}}]}


def test_a_users_own_cases_are_passed_by_a_fake_of_them(tmp_path: Path) -> None:
    from retape.verify.cases.scripted import cases_fake

    text = (
        HEAD
        + "  a:\n    ask: {messages: [{role: user, content: Who?}]}\n    expect: {text: Ada}\n    answer: {reply: Ada}"
    )
    cases = written(text, tmp_path)
    assert tried(cases[0], cases_fake(cases)).problems == ()
