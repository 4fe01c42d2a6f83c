"""The house: imports point down only, frappe stays in its rooms, rooms and functions stay small."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "social_care"
FILES = sorted(ROOT.rglob("*.py"))
FRAPPE_ROOMS = ("api", "jobs", "install", "commands", "hooks", "doctype", "report", "desks.helpdesk")
MAY_IMPORT = {
    "core": {"core"},
    "engine": {"core", "engine"},
    "connectors": {"core", "connectors"},
    "desks": {"core", "desks"},
    "insight": {"core", "insight"},
    "sandbox": {"core", "sandbox"},
    "doctype": {"core", "desks", "doctype"},
    "wiring": {"core", "engine", "connectors", "desks", "insight"},
}
"""What each room may import of this app; rooms of the top floor (cli, api, jobs, …) may import all below."""

MOST_LINES, MOST_FUNCTION_LINES = 400, 50


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; a second copy of the module would be loaded"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_down_only(path: Path):
    room = name_of(path).split(".")[0]
    allowed = MAY_IMPORT.get(room)
    for imported in imports_of(path):
        assert not imported.startswith("social_care.social_care"), f"{path}: import the room by its own name"
        if allowed is not None and imported.startswith("social_care."):
            target = imported.split(".")[1]
            assert target in allowed | {"__version__"}, f"{name_of(path)} must not import {imported}"


@pytest.mark.parametrize("path", sorted((ROOT / "api").glob("*.py")), ids=name_of)
def test_frappe_can_read_the_types_of_endpoints(path: Path):
    """Forms send every value as text ("0", "false"). Frappe makes of it what the annotation says, unless it is postponed."""
    source = path.read_text(encoding="utf-8")
    assert "frappe.whitelist" not in source or "from __future__ import annotations" not in source, f"{path}: see above"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_frappe_is_imported_in_its_rooms_only(path: Path):
    outside = [one for one in imports_of(path) if one.split(".")[0] in ("frappe", "helpdesk")]
    if outside:
        assert name_of(path).startswith(FRAPPE_ROOMS), f"{name_of(path)} imports {outside}"


@pytest.mark.parametrize("path", [one for one in FILES if {"core", "engine"} & set(one.parts)], ids=name_of)
def test_core_and_engine_need_nothing_but_python(path: Path):
    for imported in imports_of(path):
        top = imported.split(".")[0]
        assert top == "social_care" or top in sys.stdlib_module_names, f"{name_of(path)} imports {imported}"


def test_platforms_never_import_each_other():
    platforms = {one.name for one in (ROOT / "connectors").iterdir() if one.is_dir()} - {"kit", "meta", "__pycache__"}
    for path in (ROOT / "connectors").rglob("*.py"):
        own = path.relative_to(ROOT / "connectors").parts[0]
        for imported in imports_of(path):
            parts = imported.split(".")
            if parts[:2] == ["social_care", "connectors"] and len(parts) > 2:
                assert own == "registry.py" or parts[2] not in platforms - {own}, f"{path} imports {imported}"


def test_no_platform_is_named_outside_its_connector():
    """A comparison with a platform's name anywhere else is a special case in the wrong place."""
    names = set(_platforms())
    for path in FILES:
        if name_of(path).startswith(("connectors", "sandbox", "demo", "cli")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                values = [node.left, *node.comparators]
                named = [one.value for one in values if isinstance(one, ast.Constant) and str(one.value).lower() in names]
                assert not named, f"{name_of(path)}:{node.lineno} compares with {named}"


def _platforms() -> list[str]:
    from social_care.connectors import registry

    return list(registry.platforms())


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_stay_small(path: Path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MOST_LINES, f"{name_of(path)} has {text.count(chr(10))} lines: is it one room or two?"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= MOST_FUNCTION_LINES, f"{name_of(path)}.{node.name} has {length} lines"


ROOMS = [path.parent for path in ROOT.rglob("__init__.py") if path.parent != ROOT and "doctype" not in path.parts]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(ROOT).as_posix())
def test_a_room_refuses_a_second_name(room: Path):
    """Frappe's module folder makes every room importable twice; the second copy would have state of its own."""
    name = ".".join(room.relative_to(ROOT).parts)
    code = f"import social_care.social_care.{name}"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT.parent, check=False)  # noqa: S603
    assert run.returncode != 0, f"social_care.social_care.{name} could be imported"
    assert "ImportError" in run.stderr, run.stderr[-300:]


def test_the_version_is_told_once():
    import social_care

    setup = (ROOT.parent / "setup.py").read_text(encoding="utf-8")
    assert f'version="{social_care.__version__}"' in setup
    assert '    name="social_care",\n' in setup, "bench reads the app's name from a line of its own"
    assert importlib.import_module("social_care").__version__ in (ROOT.parent / "CHANGELOG.md").read_text(encoding="utf-8")
