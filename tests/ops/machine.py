"""An empty machine for a while: the files of this one under a layer, and a systemd that runs.

Nothing that is done in it stays. It needs root and a kernel with overlay and namespaces, and shares
the network of this machine, so that packages can be fetched.
"""

from __future__ import annotations

import os
import secrets
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO

SYSTEMD = Path("/lib/systemd/systemd")
GROUPS = Path("/sys/fs/cgroup")
# Its process 1 sees no other process, and may change neither the kernel's settings nor its devices.
BOOT = """
set -eu
mount -t overlay overlay -o lowerdir=/,upperdir=$1/upper,workdir=$1/work $1/root
cd $1/root
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t tmpfs tmpfs sys/fs/cgroup
mkdir sys/fs/cgroup/systemd sys/fs/cgroup/unified
mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
mount -t cgroup2 cgroup2 sys/fs/cgroup/unified
mount -t tmpfs tmpfs dev
for each in null zero full random urandom tty; do
    touch dev/$each
    mount --bind /dev/$each dev/$each
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for each in dev/shm run tmp; do mount -t tmpfs tmpfs $each; done
chmod 1777 dev/shm tmp
mkdir away
pivot_root . away
umount --lazy /away
cd /
rmdir away
/bin/sh -ec "$2"
exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd \
    --unit=multi-user.target
"""
# Away with what this machine has of the parts that the handbook installs.
EMPTY = """
export DEBIAN_FRONTEND=noninteractive
ln -sf /dev/null /etc/systemd/system/e2scrub_reap.service
apt-get purge --yes --quiet=2 'postgresql*' 'nginx*' caddy 'redis*' pgbouncer logrotate \\
    age 'clamav*' >/dev/null 2>&1
cd /etc
rm -rf postgresql-common postgresql nginx caddy redis clamav
rm -rf /usr/sbin/policy-rc.d /var/lib/postgresql /var/lib/clamav /root/.config
"""


def missing() -> str:
    """What this machine lacks for another one inside; empty if nothing."""
    if os.getuid() != 0:
        return "needs root"
    needed = [tool for tool in ("unshare", "nsenter", "apt-get") if not shutil.which(tool)]
    if needed or not SYSTEMD.exists() or not (GROUPS / "unified").is_dir():
        return "needs Debian with systemd, unshare, nsenter and both kinds of control groups"
    return ""


class Shell:
    """One root shell of the machine, as an operator has it; it ends where a command fails."""

    def __init__(self, command: list[str], home: Path) -> None:
        self._process = subprocess.Popen(
            [*command, "/bin/bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                 "HOME": "/root", "LANG": "C.UTF-8"},
            cwd="/",
        )  # fmt: skip
        self.said = home / "said.log"
        self.run("set -eE -o pipefail; cd /root")

    def run(self, block: str, *, seconds: float = 600) -> str:
        """What the commands say; raises AssertionError when one of them fails."""
        done = f"done-{secrets.token_hex(8)}"
        self.send(f"{block}\necho {done}\n")
        assert self._process.stdout
        said = self._read(self._process.stdout, done.encode() + b"\n", seconds)
        with self.said.open("a") as log:
            log.write(f"# {block}\n{said}\n")
        if not said.endswith(f"{done}\n"):
            raise AssertionError(f"{block}\n--- failed:\n{said}")
        return said.removesuffix(f"{done}\n")

    def close(self) -> None:
        """Leaves the shell."""
        for end in (self._process.stdin, self._process.stdout):
            assert end
            end.close()
        self._process.wait(10)

    def send(self, text: str) -> None:
        """Types something."""
        assert self._process.stdin
        self._process.stdin.write(text.encode())
        self._process.stdin.flush()

    def _read(self, out: IO[bytes], end: bytes, seconds: float) -> str:
        said, until = b"", time.monotonic() + seconds
        with selectors.DefaultSelector() as ready:
            ready.register(out, selectors.EVENT_READ)
            while not said.endswith(end) and ready.select(until - time.monotonic()):
                if not (piece := os.read(out.fileno(), 65536)):
                    break
                said += piece
        return said.decode(errors="replace")


class Machine:
    """A running machine: give commands to it with `run`, or to a shell of its own."""

    def __init__(self, home: Path, groups: list[Path]) -> None:
        self.home, self._groups = home, groups

    def start(self, first: str = ":") -> None:
        """Switches it on; commands that come `first` meet no systemd yet."""
        join = "".join(f"echo $$ > {group}/cgroup.procs\n" for group in self._groups)
        spaces = "--mount --pid --cgroup --uts --ipc --fork --kill-child=KILL"
        line = f'{join} exec unshare {spaces} /bin/sh -c "$0" sh {self.home} "$1"'
        with (self.home / "boot.log").open("ab") as log:
            self._outer = subprocess.Popen(
                ["/bin/sh", "-c", line, BOOT, first],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._first = _first(self._outer)
        _wait(self)

    def cut_power(self) -> None:
        """Ends every process at once; what is on the disk stays."""
        with suppress(ProcessLookupError):
            os.killpg(self._outer.pid, signal.SIGKILL)
        self._outer.wait()
        time.sleep(1)  # the processes inside are ended by the kernel

    def shell(self) -> Shell:
        """A root shell of the machine."""
        enter = ["nsenter", "--target", str(self._first), "--mount", "--pid", "--uts", "--ipc"]
        return Shell([*enter, "--cgroup", "--root", "--wd=/"], self.home)

    def run(self, block: str) -> str:
        """What commands say that no handbook names."""
        with closing(self.shell()) as shell:
            return shell.run(block)


@contextmanager
def machine(fill: Callable[[Path], None]) -> Iterator[Machine]:
    """An empty machine that is gone afterwards, with everything that ran in it.

    `fill` puts files into its root before it starts.
    """
    home = Path(tempfile.mkdtemp(prefix="machine-", dir="/var/tmp"))
    groups = [GROUPS / kind / home.name for kind in ("systemd", "unified")]
    for folder in [home / "upper", home / "work", home / "root", *groups]:
        folder.mkdir()
    for folder in (home, home / "upper"):
        folder.chmod(0o755)
    fill(home / "upper")
    found = Machine(home, groups)
    try:
        found.start(first=EMPTY)
        yield found
    finally:
        found.cut_power()
        for group in groups:
            for path, _folders, _files in os.walk(group, topdown=False):
                with suppress(OSError):
                    Path(path).rmdir()
        shutil.rmtree(home, ignore_errors=True)


def _first(outer: subprocess.Popen[bytes]) -> int:
    """Process 1 of the machine, as this one counts."""
    children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
    for _try in range(2000):
        with suppress(OSError, IndexError):
            first = children.read_text().split()[0]
            if Path(f"/proc/{first}/cmdline").read_bytes().startswith(bytes(SYSTEMD)):
                return int(first)
        time.sleep(0.1)
    raise AssertionError("no systemd")


def _wait(found: Machine) -> None:
    for _try in range(100):
        said = found.run("systemctl is-system-running 2>&1 || true")
        if said.strip() in {"running", "degraded"}:
            return
        time.sleep(0.5)
    raise AssertionError(f"systemd does not come up: {said}")
