"""What Frappe finds without a site: the module's folder, the doctypes' files, hooks that lead somewhere."""

from __future__ import annotations

import ast
import importlib
import json
from pathlib import Path

import pytest

import social_care

PACKAGE = Path(social_care.__file__).parent
DOCTYPES = sorted((PACKAGE / "doctype").glob("*/*.json"))
CONTROLLERS = sorted((PACKAGE / "doctype").glob("*/*.py"))


def test_the_module_shares_the_folder_of_the_app():
    module = importlib.import_module("social_care.social_care")
    assert Path(module.__file__).name == "social_care.py"
    assert module.__path__ == [str(PACKAGE)]


def test_developer_mode_finds_a_folder_and_makes_no_package():
    folder = PACKAGE / "social_care"
    assert folder.is_dir()
    assert not (folder / "__init__.py").exists()


@pytest.mark.parametrize("path", DOCTYPES, ids=lambda path: path.stem)
def test_a_doctype_is_what_its_folder_says(path):
    doctype = json.loads(path.read_text())
    assert doctype["name"].lower().replace(" ", "_") == path.stem == path.parent.name
    assert doctype["module"] == "Social Care"
    assert doctype["field_order"] == [field["fieldname"] for field in doctype["fields"]]
    assert path.with_suffix(".py").exists()


@pytest.mark.parametrize("path", DOCTYPES, ids=lambda path: path.stem)
def test_only_system_managers_delete(path):
    permissions = json.loads(path.read_text())["permissions"]
    assert {row["role"] for row in permissions if row.get("delete")} <= {"System Manager"}


@pytest.mark.parametrize("path", CONTROLLERS, ids=lambda path: path.stem)
def test_controllers_are_thin_and_whitelist_nothing(path):
    source = path.read_text()
    assert len(source.splitlines()) <= 30
    assert "whitelist" not in source
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    assert all(node.level == 0 for node in imports)


def test_hooks_are_strings_that_lead_to_functions():
    hooks = importlib.import_module("social_care.hooks")
    named = [hooks.after_install, *hooks.after_migrate, hooks.before_uninstall, hooks.after_uninstall]
    install = ast.parse((PACKAGE / "install.py").read_text())
    functions = {node.name for node in install.body if isinstance(node, ast.FunctionDef)}
    assert {name.removeprefix("social_care.install.") for name in named} <= functions
