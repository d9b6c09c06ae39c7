"""Locks on a file's own descriptor: whoever sees the file sees the lock, and it is gone with its holder.

Nothing depends on a folder for temporary files, which two containers that share a volume don't share.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import itertools
    import msvcrt
    import time

    _BYTE = 2**30  # behind all content, because nobody else can read a byte that is locked

    def lock(handle: int, *, shared: bool = False, wait: bool = True) -> bool:
        """Lock an open file; see below.  Windows knows no shared locks here, so a shared one is asked for twice."""
        for _ in itertools.count() if wait else range(2 if shared else 1):
            with contextlib.suppress(OSError):
                os.lseek(handle, _BYTE, os.SEEK_SET)
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
                return True
            time.sleep(0.01)
        return False

    def drop(handle: int, path: Path) -> None:
        """Remove a locked file; see below.  Emptied first, because it can be removed only after it is closed."""
        os.ftruncate(handle, 0)
        os.close(handle)
        with contextlib.suppress(FileNotFoundError, PermissionError):  # somebody waits for it, and will remove it
            path.unlink()

else:
    import fcntl

    def lock(handle: int, *, shared: bool = False, wait: bool = True) -> bool:
        """Lock an open file for as long as its descriptor is open.

        Args:
            handle: its descriptor; two descriptors exclude each other in one process too.
            shared: let others lock it so at the same time.
            wait: for whoever has it, rather than giving up.

        Returns:
            Whether it is locked now.

        Raises:
            OSError: the file system has no locks.
        """
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def drop(handle: int, path: Path) -> None:
        """Remove a locked file, close it, and free its lock."""
        path.unlink(missing_ok=True)
        fcntl.flock(handle, fcntl.LOCK_UN)  # a child that was forked meanwhile has the descriptor too
        os.close(handle)


@contextlib.contextmanager
def lock_of(path: Path) -> Iterator[None]:
    """Have a cassette to oneself, by a hidden file beside it that is there only meanwhile.

    A kill may leave the file behind, unlocked; the next to lock the cassette removes it.  (The folder itself would be
    no lock: NFS locks nothing that isn't open for writing, and Windows opens no folders.)
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.with_name(f".{path.name}.lock")
    handle = _locked(file)
    try:
        yield
    finally:
        drop(handle, file)


def _locked(file: Path) -> int:
    """The descriptor of a file, locked; of one that is still there when whoever had it is done."""
    while True:
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        lock(handle)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), file.stat()):
                return handle
        os.close(handle)
