"""Run llama.cpp's own HTTP server in this process (started by llama.py with the server's own interpreter).

Prints one line, the server's address, when it listens; ends when its standard input does, so that it never outlives
whoever started it.
"""

from __future__ import annotations

import argparse
import os
import sys

import xllamacpp


def arguments() -> argparse.Namespace:
    """What can be set: the model, and how it is served."""
    parser = argparse.ArgumentParser(description="llama.cpp's server, until standard input ends")
    parser.add_argument("model", help="GGUF file")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--alias", default="tiny-random", help="the model's name in the API")
    parser.add_argument("--ctx", type=int, default=1024, help="context length of each slot")
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--api-key", default="", help="the key to require")
    parser.add_argument("--embedding", action="store_true", help="serve /v1/embeddings")
    parser.add_argument("--sse-ping", type=int, default=30, help="seconds between SSE comments")
    return parser.parse_args()


def parameters(asked: argparse.Namespace) -> xllamacpp.CommonParams:
    """llama.cpp's parameters: one thread, no cache, nothing that makes one run differ from the next."""
    params = xllamacpp.CommonParams()
    params.model.path = asked.model
    params.model_alias = {asked.alias}
    params.hostnames = ["127.0.0.1"]
    params.port = asked.port
    params.n_parallel = asked.slots
    params.n_ctx = asked.ctx * asked.slots
    params.n_batch = params.n_ubatch = 512
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.n_threads_http = 16  # a kept-alive connection holds one of these
    params.n_gpu_layers = 0
    params.fit_params = params.warmup = params.ui = False
    params.cache_ram_mib = 0
    params.cache_prompt = False  # reuse makes timings, and in some builds logits, vary
    params.use_jinja = True
    params.verbosity = 1
    params.sse_ping_interval = asked.sse_ping
    params.reasoning_format = xllamacpp.common_reasoning_format.COMMON_REASONING_FORMAT_DEEPSEEK
    if asked.api_key:
        params.api_keys = [asked.api_key]
    if asked.embedding:
        params.embedding = True
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    return params


def main() -> None:
    """Serve until standard input ends."""
    server = xllamacpp.Server(parameters(arguments()))
    print(server.listening_address, flush=True)
    sys.stdin.buffer.read()
    os._exit(0)  # the native threads have nothing to save


if __name__ == "__main__":
    main()
