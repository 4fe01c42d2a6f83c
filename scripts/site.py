"""A test site with Frappe Helpdesk and this app, on a bench that is there already. Standard library only.

    python scripts/site.py start            start MariaDB and Redis on loopback, where they are not running
    python scripts/site.py create           make the site anew: Frappe, Telephony, Helpdesk, this checkout of social_care
    python scripts/site.py test [ARG…]      make it anew and run tests/site; ARGs go to pytest (--keep: use it as it is)
    python scripts/site.py bench [ARG…]     run the benchmarks on the site as it is; ARGs go to tests/benchmarks/site.py
    python scripts/site.py browser [ARG…]   run tests/browser in Chromium on the site as it is; ARGs go to pytest
    python scripts/site.py serve [PORT]     serve the site with Helpdesk's page on 127.0.0.1 (default 8787)
    python scripts/site.py frappe ARG…      what `bench --site SITE ARG…` would do, e.g. `frappe migrate`, `frappe console`
    python scripts/site.py path             print the folder of the site
    python scripts/site.py drop             drop the site with its database

SOCIAL_CARE_BENCH                the bench (default: ~/frappe-bench)
SOCIAL_CARE_SITE                 the site's name (default: social-care-test.localhost)
SOCIAL_CARE_DB_ROOT_PASSWORD     MariaDB's root password (default: root)

The bench's own sites, apps.txt and environment stay as they are, but for Python packages that are missing in it: test sites
live in `<bench>/social-care-test/`, with an apps.txt of their own, and this checkout is found through PYTHONPATH. A dump of
a site with Helpdesk, but without social_care, is kept there too: the second time takes seconds. The dump is made anew when
a version changes.
"""

from __future__ import annotations

import ast
import getpass
import gzip
import hashlib
import inspect
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

CHECKOUT = Path(__file__).resolve().parents[1]
DEFAULT_SITE = "social-care-test.localhost"
BASE_APPS = ("frappe", "telephony", "helpdesk")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
ADMIN_PASSWORD = "admin"  # noqa: S105  (a site on loopback that a test makes and drops)
AGENT = "agent@example.com"
OWNER = "owner@example.com"


class SiteError(Exception):
    """Something is missing; the message says what."""


def find_bench() -> Path | None:
    """Return the bench to use, or None when there is none. Raises: SiteError when the one that was named is none."""
    named = os.environ.get("SOCIAL_CARE_BENCH")
    bench = Path(named or "~/frappe-bench").expanduser()
    if (bench / "env/bin/python").exists() and (bench / "apps/helpdesk").is_dir():
        return bench.resolve()
    if named:
        raise SiteError(f"SOCIAL_CARE_BENCH is {named}, but there is no bench with Helpdesk.")
    return None


@dataclass(frozen=True, kw_only=True)
class Site:
    """One test site of a bench."""

    bench: Path
    name: str = DEFAULT_SITE

    @property
    def home(self) -> Path:
        return self.bench / "social-care-test"

    @property
    def sites(self) -> Path:
        return self.home / "sites"

    @property
    def folder(self) -> Path:
        return self.sites / self.name

    @property
    def python(self) -> Path:
        return self.bench / "env/bin/python"

    @property
    def database(self) -> str:
        return "_sc_" + hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]

    @property
    def config(self) -> dict[str, object]:
        return dict(json.loads((self.bench / "sites/common_site_config.json").read_text()))

    def environment(self) -> dict[str, str]:
        """Return the environment in which Python finds this checkout before any other."""
        path = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH")]))
        return {**os.environ, "PYTHONPATH": path, "SOCIAL_CARE_BENCH": str(self.bench), "SOCIAL_CARE_SITE": self.name}

    # --- servers ----------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Start what is not running."""
        (self.home / "logs").mkdir(parents=True, exist_ok=True)
        for key in ("redis_cache", "redis_queue"):
            address = urlsplit(str(self.config.get(key) or ""))
            if address.hostname:
                self._ensure(key, address.hostname, address.port or 6379, self._redis(key, address.port or 6379))
        self._ensure("mariadb", *self._database_address(), _mariadb())

    def _database_address(self) -> tuple[str, int]:
        return str(self.config.get("db_host") or "127.0.0.1"), int(str(self.config.get("db_port") or 3306))

    def _redis(self, key: str, port: int) -> list[str]:
        written = self.bench / f"config/{key}.conf"
        options = [str(written)] if written.exists() else ["--bind", "127.0.0.1", "--port", str(port), "--save", ""]
        return ["redis-server", *options]

    def _ensure(self, name: str, host: str, port: int, command: list[str]) -> None:
        if _listening(host, port):
            return
        if host not in LOOPBACK:
            raise SiteError(f"{name} does not answer on {host}:{port}.")
        log = self.home / "logs" / f"{name}.log"
        with log.open("ab") as output:
            streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
            subprocess.Popen(command, cwd=self.bench, start_new_session=True, **streams)  # noqa: S603
        for _ in range(120):
            if _listening(host, port):
                return
            time.sleep(0.5)
        raise SiteError(f"{name} does not start; see {log}.")

    # --- the site ---------------------------------------------------------------------------------------------------
    def create(self, *, with_app: bool = True) -> None:
        """Make the site anew; `with_app` False leaves social_care out."""
        self.start()
        self.prepare()
        self.drop()
        dump = self.home / f"helpdesk-{self.versions()}.sql.gz"
        if dump.exists():
            self._restore(dump)
        else:
            self._build(dump)
        if with_app:
            self.frappe("install-app", "social_care")

    def prepare(self) -> None:
        """Make the folder of sites, and see that the bench's environment has what the app and its tests import."""
        self.sites.mkdir(parents=True, exist_ok=True)
        (self.sites / "apps.txt").write_text("\n".join([*BASE_APPS, "social_care"]) + "\n")
        kept = ("db_host", "db_port", "db_type", "redis_cache", "redis_queue", "redis_socketio", "socketio_port")
        config = {key: self.config[key] for key in kept if key in self.config}
        (self.sites / "common_site_config.json").write_text(json.dumps({**config, "allow_tests": True}, indent=1) + "\n")
        if not (self.sites / "assets").exists():
            (self.sites / "assets").symlink_to(self.bench / "sites/assets")
        self._install_missing_packages()

    def drop(self) -> None:
        """Drop the site, if it is there, with its database."""
        self.sql(f"drop database if exists `{self.database}`; drop user if exists '{self.database}'@'%';")
        shutil.rmtree(self.folder, ignore_errors=True)

    def versions(self) -> str:
        """Return what the dump depends on, as a short text."""
        known = [self.sql("select version();"), inspect.getsource(finish)]
        for app in BASE_APPS:
            source = self.bench / "apps" / app
            commit = _output(["git", "-C", str(source), "rev-parse", "HEAD"])
            known += [app, commit, (source / app / "__init__.py").read_text()]
        return hashlib.sha256("\n".join(known).encode()).hexdigest()[:16]

    def frappe(self, *arguments: str, quiet: bool = True) -> None:
        """Run a command of Frappe on this site. Raises: SiteError with the end of its output when it fails."""
        command = [str(self.python), "-m", "frappe.utils.bench_helper", "frappe", "--site", self.name, *arguments]
        _run(command, cwd=self.sites, env=self.environment(), quiet=quiet)

    def python_code(self, code: str) -> str:
        """Run code with the bench's Python in the folder of sites, return its output."""
        return _run([str(self.python), "-c", code], cwd=self.sites, env=self.environment())

    def sql(self, statements: str, *, database: str = "") -> str:
        """Run SQL as root, return its output: a line a row, a tab between columns."""
        return _run(
            [*self._client(), "--batch", "--skip-column-names", *([database] if database else [])], stdin=statements.encode()
        )

    def _client(self) -> list[str]:
        host, port = self._database_address()
        return [
            _program("mariadb", "mysql"),
            f"--host={host}",
            f"--port={port}",
            "--user=root",
            f"--password={_root_password()}",
        ]

    def _build(self, dump: Path) -> None:
        print("Making a site with Helpdesk; only the first time takes so long.", flush=True)
        root = ["--db-root-username", "root", "--db-root-password", _root_password(), "--mariadb-user-host-login-scope=%"]
        self.frappe("new-site", self.name, *root, "--db-name", self.database, "--admin-password", ADMIN_PASSWORD)
        self.frappe("install-app", *BASE_APPS[1:])
        _run([str(self.python), str(Path(__file__).resolve()), "finish"], cwd=self.sites, env=self.environment())
        dumper = [_program("mariadb-dump", "mysqldump"), *self._client()[1:], "--single-transaction", self.database]
        content = subprocess.run(dumper, check=True, capture_output=True).stdout  # noqa: S603
        for old in self.home.glob("helpdesk-*"):
            old.unlink()
        dump.with_suffix(".json").write_text((self.folder / "site_config.json").read_text())
        unfinished = dump.with_suffix(".part")
        unfinished.write_bytes(gzip.compress(content, compresslevel=1))
        unfinished.replace(dump)

    def _restore(self, dump: Path) -> None:
        password = secrets.token_hex(12)
        self.sql(
            f"create database `{self.database}` character set utf8mb4 collate utf8mb4_unicode_ci;"
            f"create user '{self.database}'@'%' identified by '{password}';"
            f"grant all privileges on `{self.database}`.* to '{self.database}'@'%';"
        )
        _run([*self._client(), self.database], stdin=gzip.decompress(dump.read_bytes()))
        for sub in ("private/files", "private/backups", "public/files", "locks", "logs"):
            (self.folder / sub).mkdir(parents=True, exist_ok=True)
        config = json.loads(dump.with_suffix(".json").read_text())
        config |= {"db_name": self.database, "db_user": self.database, "db_password": password}
        config["max_queued_jobs"] = 1_000_000  # no worker takes what tests queue
        (self.folder / "site_config.json").write_text(json.dumps(config, indent=1) + "\n")

    def _install_missing_packages(self) -> None:
        """Packages of another version than we ask for stay: Frappe pins some of them."""
        wanted = _requirements()
        probe = "import sys\nfrom importlib.metadata import packages_distributions as p\n"
        probe += "print(*{d.lower().replace('_', '-') for ds in p().values() for d in ds})"
        present = _run([str(self.python), "-c", probe]).split()
        missing = [spec for name, spec in wanted.items() if name.lower() not in present]
        if missing:
            uv = shutil.which("uv")
            pip = [uv, "pip", "install", "--python", str(self.python)] if uv else [str(self.python), "-m", "pip", "install"]
            _run([*pip, *missing])

    # --- tests ------------------------------------------------------------------------------------------------------
    def test(self, arguments: Sequence[str]) -> int:
        """Run tests/site with the bench's Python; return its exit code."""
        if "--keep" not in arguments or not self.folder.exists():
            self.create()
        chosen = [argument for argument in arguments if argument != "--keep"]
        if not any(argument.startswith("tests") for argument in chosen):
            chosen.append("tests/site")
        command = [str(self.python), "-m", "pytest", *chosen]
        return subprocess.run(command, cwd=CHECKOUT, env=self.environment(), check=False).returncode  # noqa: S603

    def browse(self, arguments: Sequence[str]) -> int:
        """Run tests/browser with the bench's Python; return their exit code."""
        if not self.folder.exists():
            self.create()
        self.start()
        self.link_assets()
        chosen = list(arguments)
        if not any(argument.startswith("tests") for argument in chosen):
            chosen.append("tests/browser")
        command = [str(self.python), "-m", "pytest", *chosen]
        return subprocess.run(command, cwd=CHECKOUT, env=self.environment(), check=False).returncode  # noqa: S603

    def serve(self, port: str) -> int:
        """Serve the site until interrupted."""
        self.start()
        self.link_assets()
        command = [str(self.python), "-m", "frappe.utils.bench_helper", "frappe", "--site", self.name, "serve"]
        command += ["--port", port, "--noreload"]
        return subprocess.run(command, cwd=self.sites, env=self.environment(), check=False).returncode  # noqa: S603

    def link_assets(self) -> None:
        """Have this checkout's browser files served: what `bench build` does for an installed app."""
        link = (self.sites / "assets").resolve() / "social_care"
        if link.is_symlink():
            link.unlink()
        if not link.exists():
            link.symlink_to(CHECKOUT / "social_care/public")

    def measure(self, arguments: Sequence[str]) -> int:
        """Run the benchmarks with the bench's Python; return their exit code."""
        if not self.folder.exists():
            self.create()
        command = [str(self.python), "-m", "tests.benchmarks.site", *arguments]
        return subprocess.run(command, cwd=self.sites, env=self.environment(), check=False).returncode  # noqa: S603


def finish() -> None:
    """Inside of Frappe: go through the setup wizard and make an agent."""
    import frappe
    from frappe.desk.page.setup_wizard.setup_wizard import setup_complete
    from frappe.utils.password import update_password

    frappe.init(os.environ["SOCIAL_CARE_SITE"], sites_path=os.getcwd())
    frappe.connect()
    frappe.set_user("Administrator")
    answers = {
        "language": "English",
        "country": "United States",
        "timezone": "UTC",
        "currency": "USD",
        "enable_telemetry": 0,
    }
    setup_complete({**answers, "full_name": "Owner of the Site", "email": OWNER, "password": ADMIN_PASSWORD})
    user = frappe.get_doc({"doctype": "User", "email": AGENT, "first_name": "Agent One", "send_welcome_email": 0})
    user.update({"roles": [{"role": "Agent"}]}).insert()
    update_password(AGENT, "agent")
    if not frappe.db.exists("HD Agent", {"user": AGENT}):
        frappe.get_doc({"doctype": "HD Agent", "user": AGENT, "agent_name": "Agent One", "is_active": 1}).insert()
    frappe.db.commit()
    frappe.destroy()


def _requirements() -> dict[str, str]:
    """Return name → specification of what setup.py asks for, tests included."""
    lists: list[str] = []
    for node in ast.walk(ast.parse((CHECKOUT / "setup.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "install_requires":
            lists += ast.literal_eval(node.value)
        if isinstance(node, ast.keyword) and node.arg == "extras_require":
            lists += [spec for extra in ("test", "browser") for spec in ast.literal_eval(node.value)[extra]]
    return {"".join(spec.replace(">", "=").split("=")[0].split("<")[0]).strip(): spec for spec in lists}


def _mariadb() -> list[str]:
    safe = shutil.which("mariadbd-safe") or shutil.which("mysqld_safe")
    if safe and getpass.getuser() == "root":
        return [safe, "--user=mysql", "--bind-address=127.0.0.1"]
    return [safe, "--bind-address=127.0.0.1"] if safe else ["service", "mariadb", "start"]


def _listening(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def _root_password() -> str:
    return os.environ.get("SOCIAL_CARE_DB_ROOT_PASSWORD", "root")


def _program(*names: str) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    raise SiteError(f"{names[0]} is not installed.")


def _output(command: list[str]) -> str:
    """Return what a command prints, or "" when it fails."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603


def _run(
    command: list[str],
    *,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    stdin: bytes | None = None,
    quiet: bool = True,
) -> str:
    """Run a command; return its output when quiet. Raises: SiteError with the end of the output when it fails."""
    keep = subprocess.PIPE if quiet else None
    source: dict[str, object] = {"input": stdin} if stdin is not None or quiet else {}
    done = subprocess.run(command, cwd=cwd, env=env, stdout=keep, stderr=keep, check=False, **source)  # type: ignore[call-overload]  # noqa: S603
    if done.returncode:
        said = b"\n".join(filter(None, [done.stdout, done.stderr])).decode(errors="replace")
        lines = [line for part in said.splitlines() if (line := part.split("\r")[-1].strip())]
        shown = [part for part in command if not part.startswith("--password")]
        raise SiteError("\n".join([f"{' '.join(shown[:8])} failed:", *lines[-30:]]))
    return (done.stdout or b"").decode(errors="replace").strip()


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks."""
    verb, *rest = arguments or ["help"]
    if verb == "finish":
        finish()
        return 0
    if verb not in ("start", "create", "drop", "path", "test", "bench", "browser", "serve", "frappe"):
        print(__doc__)
        return 2
    bench = find_bench()
    if bench is None:
        raise SiteError("There is no bench: set SOCIAL_CARE_BENCH to one that has Helpdesk.")
    site = Site(bench=bench, name=os.environ.get("SOCIAL_CARE_SITE") or DEFAULT_SITE)
    if verb == "test":
        return site.test(rest)
    if verb == "bench":
        return site.measure(rest)
    if verb == "browser":
        return site.browse(rest)
    if verb == "serve":
        return site.serve(rest[0] if rest else "8787")
    if verb == "frappe":
        site.frappe(*rest, quiet=False)
    elif verb == "path":
        print(site.folder)
    else:
        getattr(site, verb)()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SiteError as error:
        sys.exit(str(error))
