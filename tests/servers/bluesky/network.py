"""Installs, starts and ends the real Bluesky network: `python -m tests.servers.bluesky.network` installs it.

It is @atproto/dev-env of the npm registry in a cache of this machine (`SOCIAL_CARE_BLUESKY`), and needs Node 20 or later,
PostgreSQL and Redis, of which it starts ones of its own. Everything has a time limit.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
FOLDER = Path(os.environ.get("SOCIAL_CARE_BLUESKY") or CACHE / "social_care" / "bluesky-network")
INSTALL_S, START_S, ANSWER_S = 900, 120, 30


def programs() -> dict[str, str]:
    """Return where the programs are that are needed, "" for those that are not there."""
    found = {name: shutil.which(name) or "" for name in ("node", "redis-server")}
    for name in ("initdb", "postgres"):
        places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
        found[name] = shutil.which(name) or (str(places[0]) if places else "")
    return found


def missing() -> list[str]:
    """Return what is not there, in plain words."""
    gone = [name for name, place in programs().items() if not place]
    wanted, there = HERE / "package.json", FOLDER / "package.json"
    installed = there.exists() and there.read_bytes() == wanted.read_bytes() and (FOLDER / "installed").exists()
    return gone + ([] if installed else ["the network (python -m tests.servers.bluesky.network)"])


def install() -> str:
    """Install the network from the npm registry; return why it could not be done, "" when it is there."""
    found = programs() | {"npm": shutil.which("npm") or ""}
    if gone := [name for name, place in found.items() if not place]:
        return f"not on this machine: {', '.join(gone)}"
    npm, node = found["npm"], found["node"]
    if not missing():
        return ""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "installed").unlink(missing_ok=True)
    shutil.copy(HERE / "package.json", FOLDER)
    # better-sqlite3 is compiled where no ready-made one can be had; the headers of this very Node need no download then.
    home = Path(node).resolve().parents[1]
    headers = {"npm_config_nodedir": str(home)} if (home / "include/node/node.h").exists() else {}
    command = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=FOLDER, env=headers | os.environ, timeout=INSTALL_S, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return f"npm took longer than {INSTALL_S} s"
    if done.returncode:
        return f"npm ended with {done.returncode}"
    (FOLDER / "installed").touch()
    return ""


class Network:
    """A running network. server: the address of its personal data server, which passes on to the app view."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="bluesky-"))
        self._running: list[subprocess.Popen[Any]] = []
        self.server = ""

    def __enter__(self) -> Network:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._running):
            process.terminate() if process.args[0] != self._postgres else process.send_signal(signal.SIGINT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> None:
        found = programs()
        self._postgres = found["postgres"]
        database, cache = free_port(), free_port()
        # PostgreSQL does not run as root.
        other = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        if other:
            os.chown(self._folder, pwd.getpwnam("postgres").pw_uid, -1)
        data = str(self._folder / "data")
        made = [found["initdb"], "-D", data, "-A", "trust", "-U", "postgres", "--no-sync"]
        subprocess.run(  # noqa: S603
            made, check=True, timeout=START_S, stdout=subprocess.DEVNULL, cwd=self._folder, **other
        )
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-k", str(self._folder)]
        self._run([self._postgres, "-D", data, "-p", str(database), *options], **other)
        self._run([found["redis-server"], "--port", str(cache), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        for port in (database, cache):
            wait_until(lambda port=port: answers(port), f"nothing answers on port {port}", within_s=START_S)
        shutil.copy(HERE / "network.mjs", FOLDER)
        places = {
            "DB_POSTGRES_URL": f"postgres://postgres@127.0.0.1:{database}/postgres",
            "REDIS_HOST": f"127.0.0.1:{cache}",
            "NODE_NO_WARNINGS": "1",
        }
        self._node = self._run(
            [found["node"], "network.mjs"],
            cwd=FOLDER,
            env=os.environ | places,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.server = self._next_line(START_S)["server"]

    def _run(self, command: list[str], **how: Any) -> subprocess.Popen[Any]:
        log = (self._folder / "log").open("ab")
        defaults: dict[str, Any] = {"stdout": log, "stderr": log, "cwd": self._folder}
        process = subprocess.Popen(command, **defaults | how)  # noqa: S603
        log.close()
        self._running.append(process)
        return process

    def _next_line(self, within_s: float) -> Any:
        """Return the next line that is JSON. A network that says nothing in time is ended, so that nobody waits for it."""
        timer = Timer(within_s, self._node.kill)
        timer.start()
        try:
            for line in self._node.stdout:
                if line.startswith(("{", '"')):
                    return json.loads(line)
        finally:
            timer.cancel()
        log = (self._folder / "log").read_text(errors="replace")[-3000:]
        raise AssertionError(f"the network said nothing within {within_s} s, and ended:\n{log}")

    def settle(self) -> None:
        """Wait until all that was written is indexed."""
        self._node.stdin.write("process\n")
        self._node.stdin.flush()
        self._next_line(ANSWER_S)


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Tell whether something listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition: Callable[[], bool], what: str, *, within_s: float) -> None:
    """Wait for a condition. Raises: AssertionError with what did not happen."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, f"{what} within {within_s} s"
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(install() or 0)
