"""What the child may not do any more once it has loaded its libraries."""

from __future__ import annotations

import ctypes
import os
import resource
import sys

MEMORY = 2**30
SECONDS = 30
LAST = 10  # whoever books comes first where processors are short
_PR_SET_NO_NEW_PRIVS, _PR_SET_DUMPABLE = 38, 4


def lock_up() -> None:
    """Bounds memory and time, and lets this process open, write and start nothing more.

    Its two pipes are open already. A process that can't keep to it is ended by the kernel.
    """
    os.nice(LAST)
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    os.closerange(3, 256)
    # no descriptor is left: files, sockets and pipes can't be had
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    if os.geteuid():  # root is never refused a process
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
