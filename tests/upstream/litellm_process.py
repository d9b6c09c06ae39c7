"""Run LiteLLM's proxy in this process (started by litellm.py with the proxy's own interpreter)."""

from __future__ import annotations

import os
import socket
import sys
import threading


def end_with_input() -> None:
    """End when standard input does."""
    sys.stdin.buffer.read()
    os._exit(0)  # there is nothing to save


def main() -> None:
    """Serve the configuration that the command line names, at a free port."""
    threading.Thread(target=end_with_input, daemon=True).start()
    os.environ["CONFIG_FILE_PATH"] = sys.argv[1]
    address, sys.stdout = sys.stdout, sys.stderr  # where the proxy's greetings go
    import uvicorn
    from litellm.proxy.proxy_server import app

    listener = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", file=address, flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    sys.path.remove(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH120, PTH100 - litellm.py is there, too
    main()
