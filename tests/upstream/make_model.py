"""Write a tiny, randomly initialised llama-architecture GGUF, the same bytes every time.

The file depends on nothing but this script, its options and the pinned `gguf` package: weights come from SHAKE-256,
the BPE vocabulary is trained on the short text below.  The model generates gibberish; that is its purpose.

A few hidden dimensions are wired by hand, the rest is random:

* dim 0 is constant, so column 0 of the output matrix is a per-token logit bias: end-of-turn, quotes and closing
  brackets are likely enough that replies and grammar-constrained JSON end in tens of tokens instead of running for
  ever, and bytes that are no valid UTF-8 by themselves are rare.
* four attention heads of layer 0 each look for one marker token anywhere earlier in the context and raise a flag:
  "<tools>" makes "<tool_call>" likely, "<tool_call>" makes the next one much less likely, "<think>" makes "</think>"
  likely, "</think>" rules it out.
* "<tool_call>" makes a newline the next token, "</tool_call>" an end of turn.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import gguf
import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Token = tuple[str, gguf.TokenType]

N_MERGES = 640
DIM, HEADS, FFN = 64, 4, 128
CONST = 4.0  # value of dim 0 in every embedding
WIRED = 11  # dims 0..10 are wired by hand
MARK = 20.0  # value of a marker dim in its token's embedding
FLAGS = (("<tools>", 1, 2), ("<tool_call>", 3, 4), ("<think>", 5, 6), ("</think>", 7, 8))
"""Marker token, marker dim, flag dim."""
LOCAL = (("<tool_call>", 9), ("</tool_call>", 10))
"""Token, the dim that its embedding sets."""

CORPUS = """
The quick brown fox jumps over the lazy dog while the old river keeps running
under the bridge. A small test needs a small model: it answers every question
with words that mean nothing, but the words arrive one by one, as a stream of
tokens, and the client has to put them together again. Weather in Paris today is
sunny with a light wind from the north; tomorrow there will be rain and snow in
the mountains. Please call the function with the city and the unit, then return
the result to the user as a JSON object with a name, an age and a list of colours.
What is the capital of France? What is the answer to this question? I do not know,
but I think that it could be seven, or eleven, or forty two. Hello world, hello
user, hello assistant, hello system. This is only a record of what the server said
and what the client heard, so that both can be compared later. When the request is
wrong the server should say so, and when the server is slow the client should wait.
def main(argument): return argument + 1 if argument else None
for index in range(10): print(index, value, name, result)
{"name": "get_weather", "arguments": {"city": "Paris", "unit": "celsius"}}
{"type": "object", "properties": {"value": {"type": "string"}}, "required": ["value"]}
["red", "green", "blue"], [1, 2, 3], true, false, null, "id": "call_1", "index": 0
Grüße aus Zürich, façade, naïve café, mañana, 東京の天気は晴れです, 你好世界, привет мир,
🙂 🎉 👩‍💻 🇫🇷 — “quoted” … done.
"""

SPECIAL = (
    ("<|endoftext|>", gguf.TokenType.CONTROL),
    ("<|im_start|>", gguf.TokenType.CONTROL),
    ("<|im_end|>", gguf.TokenType.CONTROL),
    ("<tool_call>", gguf.TokenType.USER_DEFINED),
    ("</tool_call>", gguf.TokenType.USER_DEFINED),
    ("<think>", gguf.TokenType.USER_DEFINED),
    ("</think>", gguf.TokenType.USER_DEFINED),
    ("<tools>", gguf.TokenType.USER_DEFINED),
)

CHAT_TEMPLATE = """\
{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}
        {{- messages[0].content + '\\n\\n' }}
    {%- endif %}
    {{- "# Tools\\n\\nYou may call one or more functions to assist with the user query.\\n\\n\
You are provided with function signatures \
within <tools></tools> XML tags:\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools>\\n\\n\
For each function call, return a json object with function name and arguments.<|im_end|>\\n" }}
{%- else %}
    {%- if messages[0].role == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|im_start|>' + message.role + '\\n' }}
        {%- if message.content %}
            {{- message.content }}
        {%- endif %}
        {%- if message.tool_calls %}
            {%- for tool_call in message.tool_calls %}
                {%- if (loop.first and message.content) or (not loop.first) %}
                    {{- '\\n' }}
                {%- endif %}
                {%- if tool_call.function %}
                    {%- set tool_call = tool_call.function %}
                {%- endif %}
                {{- '<tool_call>\\n{"name": "' }}
                {{- tool_call.name }}
                {{- '", "arguments": ' }}
                {%- if tool_call.arguments is string %}
                    {{- tool_call.arguments }}
                {%- else %}
                    {{- tool_call.arguments | tojson }}
                {%- endif %}
                {{- '}\\n</tool_call>' }}
            {%- endfor %}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\\n<tool_response>\\n' }}
        {{- message.content }}
        {{- '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""

THINKS_IN_THE_PAST = """\
        {%- if message.reasoning_content %}
            {{- '<think>\\n' + message.reasoning_content + '\\n</think>\\n\\n' }}
        {%- endif %}
"""
THINKS_NEXT = """\
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- else %}
        {{- '<think>\\n' }}
    {%- endif %}
"""


def thinking(template: str) -> str:
    """The same template for a model that thinks first (reply: <think> ... </think> text)."""
    start = "        {{- '<|im_start|>' + message.role + '\\n' }}\n"
    prompt = "    {{- '<|im_start|>assistant\\n' }}\n"
    return template.replace(start, start + THINKS_IN_THE_PAST).replace(prompt, prompt + THINKS_NEXT)


def byte_alphabet() -> dict[int, str]:
    """GPT-2's reversible map from bytes to printable characters."""
    keep = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return {byte: chr(byte) if byte in keep else chr(next(others)) for byte in range(256)}


ALPHABET = byte_alphabet()


def train_bpe(text: str, n_merges: int) -> list[tuple[str, str]]:
    """The byte pairs to merge, most frequent first."""
    pieces = re.findall(r" ?[^\W\d]+| ?\d+| ?[^\s\w]+|\s+", text)
    words = Counter(tuple(ALPHABET[byte] for byte in piece.encode()) for piece in pieces)
    merges: list[tuple[str, str]] = []
    while len(merges) < n_merges:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, count in words.items():
            for pair in pairwise(word):
                pairs[pair] += count
        if not pairs:
            break
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        merged: Counter[tuple[str, ...]] = Counter()
        for word, count in words.items():
            merged[tuple(_merged(word, best))] += count
        words = merged
    return merges


def _merged(word: tuple[str, ...], pair: tuple[str, str]) -> Iterator[str]:
    position = 0
    while position < len(word):
        together = word[position : position + 2] == pair
        yield "".join(pair) if together else word[position]
        position += 1 + together


def vocabulary() -> tuple[list[Token], list[tuple[str, str]]]:
    """Every token with its kind, and the merges."""
    merges = train_bpe(CORPUS.replace("\n", " "), N_MERGES)
    texts = [*ALPHABET.values(), *("".join(pair) for pair in merges)]
    return [*SPECIAL, *((text, gguf.TokenType.NORMAL) for text in dict.fromkeys(texts))], merges


def bias(text: str) -> float:
    """How likely an ordinary token is by itself, as a logit."""
    back = {character: byte for byte, character in ALPHABET.items()}
    try:
        plain = bytes(back[character] for character in text).decode()
    except UnicodeDecodeError:
        return -5.0  # part of a character: possible, rare
    if plain in ('"', "}", "]", '"}', "}}"):
        return 1.0  # lets constrained JSON come to an end
    if not plain.isprintable():
        return -5.0
    return -1.5 if len(plain) == 1 else 0.0


BIASES = (
    ('"', 0, 2.6),  # the quote that ends a JSON string
    ("<|im_end|>", 0, 1.6),
    ("<tool_call>", 2, 17.5),
    ("<tool_call>", 4, -4.5),
    ('"', 2, 0.9),
    ("</tool_call>", 4, 12.5),
    (",", 0, -5.0),  # ends arrays and lists of calls
    ("<", 0, -9.0),  # tags come as one token, not spelled out
    (" ", 0, -5.0),
    ("</think>", 6, 14.0),
    ("</think>", 8, -30.0),
    ("<tool_call>", 6, -8.0),  # no calls while thinking
    ("<tool_call>", 8, 8.0),
    ("\n", 9, 30.0),
    ("</tool_call>", 10, -20.0),
    ("<|im_end|>", 10, 8.0),
    ("<tool_call>", 10, 7.5),
)
"""Token, wired dim, what the dim adds to the token's logit."""


def output_columns(tokens: list[Token]) -> Matrix:
    """What each wired dim adds to each token's logit."""
    ids = {text: number for number, (text, _) in enumerate(tokens)}
    columns = np.zeros((len(tokens), WIRED), np.float32)
    columns[:, 0] = [bias(text) if kind == gguf.TokenType.NORMAL else -12.0 for text, kind in tokens]
    for text, dim, value in BIASES:
        columns[ids[ALPHABET[ord(text)] if len(text) == 1 else text], dim] = value
    return columns


def uniform(name: str, shape: tuple[int, int], bound: float) -> Matrix:
    """A matrix of numbers between -bound and bound that depends on its name alone."""
    raw = hashlib.shake_256(f"0/{name}".encode()).digest(4 * shape[0] * shape[1])
    numbers = np.frombuffer(raw, "<u4").astype(np.float64) / 2**32
    return ((numbers * 2 - 1) * bound).astype(np.float32).reshape(shape)


def cut(matrix: Matrix, *, read: bool = True, write: bool = True) -> Matrix:
    """Random matrices neither read (columns) nor write (rows) wired dims."""
    if read:
        matrix[:, :WIRED] = 0
    if write:
        matrix[:WIRED, :] = 0
    return matrix


def embedding(tokens: list[Token]) -> Matrix:
    """The token embeddings: a constant, markers, and noise."""
    ids = {text: number for number, (text, _) in enumerate(tokens)}
    matrix = uniform("embd", (len(tokens), DIM), 3**0.5)
    matrix[:, :WIRED] = 0
    matrix[:, 0] = CONST
    for text, dim, _ in FLAGS:
        matrix[ids[text], dim] = MARK
    for text, dim in LOCAL:
        matrix[ids[text], dim] = CONST
    return matrix


def marker_attention() -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """q, k, v and o of layer 0, whose heads look for the markers."""
    q, k, v, o = (np.zeros((DIM, DIM), np.float32) for _ in range(4))
    size = DIM // HEADS
    for head, (_, marker, flag) in enumerate(FLAGS):
        slow = head * size + size - 2  # the pair that RoPE turns slowest
        q[slow, 0] = 2.0
        k[slow, marker] = 2.0
        v[head * size, marker] = 0.2
        o[flag, head * size] = CONST / 1.5
    return q, k, v, o


def random_attention(prefix: str, calm: float) -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """q, k, v and o of every other layer."""
    bound = (3 / DIM) ** 0.5
    return (
        cut(uniform(prefix + "q", (DIM, DIM), 2 * bound), write=False),
        cut(uniform(prefix + "k", (DIM, DIM), 2 * bound), write=False),
        cut(uniform(prefix + "v", (DIM, DIM), 1.5 * bound), write=False),
        cut(uniform(prefix + "o", (DIM, DIM), bound * calm), read=False),
    )


def tensors(tokens: list[Token], layers: int) -> Iterator[tuple[str, Matrix]]:
    """Every weight, by name, in the order of the file."""
    calm = (2 / max(layers - 1, 1)) ** 0.5  # however many layers, the same total
    bound, narrow = (3 / DIM) ** 0.5, (3 / FFN) ** 0.5
    one = np.ones(DIM, np.float32)
    yield "token_embd.weight", embedding(tokens)
    for layer in range(layers):
        prefix = f"blk.{layer}."
        attention = random_attention(prefix, calm) if layer else marker_attention()
        yield prefix + "attn_norm.weight", one
        for name, matrix in zip(("attn_q", "attn_k", "attn_v", "attn_output"), attention, strict=True):
            yield f"{prefix}{name}.weight", matrix
        yield prefix + "ffn_norm.weight", one
        yield prefix + "ffn_gate.weight", cut(uniform(prefix + "gate", (FFN, DIM), 1.5 * bound), write=False)
        yield prefix + "ffn_up.weight", cut(uniform(prefix + "up", (FFN, DIM), bound), write=False)
        yield prefix + "ffn_down.weight", cut(uniform(prefix + "down", (DIM, FFN), narrow * calm), read=False)
    yield "output_norm.weight", one
    output = uniform("output", (len(tokens), DIM), 1.8 * bound)  # logits: standard deviation about 1.8
    rms = ((CONST**2 + (DIM - WIRED) * 3.5) / DIM) ** 0.5
    output[:, :WIRED] = output_columns(tokens) * rms / CONST
    yield "output.weight", output


def describe(writer: gguf.GGUFWriter, asked: argparse.Namespace) -> list[Token]:
    """Write everything but the weights; return the tokens."""
    tokens, merges = vocabulary()
    writer.add_name(asked.name)
    writer.add_description("Randomly initialised weights for testing servers. Generates gibberish.")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(asked.ctx)
    writer.add_embedding_length(DIM)
    writer.add_block_count(asked.layers)
    writer.add_feed_forward_length(FFN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(DIM // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([text for text, _ in tokens])
    writer.add_token_types([int(kind) for _, kind in tokens])
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(2)
    writer.add_eot_token_id(2)
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_chat_template(thinking(CHAT_TEMPLATE) if asked.think else CHAT_TEMPLATE)
    return tokens


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description="Write a tiny llama model with random weights")
    parser.add_argument("out")
    parser.add_argument("--ctx", type=int, default=4096, help="training context length to declare")
    parser.add_argument("--name", default="tiny-random")
    parser.add_argument("--layers", type=int, default=3, help="more layers: slower tokens (and a larger file)")
    parser.add_argument("--think", action="store_true", help="chat template of a model that thinks before it answers")
    asked = parser.parse_args()
    writer = gguf.GGUFWriter(asked.out, "llama")
    tokens = describe(writer, asked)
    for name, matrix in tensors(tokens, asked.layers):
        writer.add_tensor(name, matrix)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
