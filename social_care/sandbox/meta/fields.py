"""Field expansion: `id,from,comments.order(reverse_chronological).limit(2){id,message}` → the object that was asked for.

Source: https://developers.facebook.com/docs/graph-api/guides/field-expansion (2026-11-22).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from social_care.sandbox.meta.calls import Call
from social_care.sandbox.meta.paging import list_page
from social_care.sandbox.meta.problems import NO_FIELD, SYNTAX, Problem

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ARGUMENT = re.compile(r"\.([a-z_]+)\(([^()]*)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One field of a call: its arguments, and what is wanted of what it holds (() Meta's choice)."""

    name: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    inner: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A list that an object has. find: everything in it, in its order. size: how many come without a limit; most: with."""

    find: Callable[[Any, Call, Mapping[str, str]], Sequence[Any]]
    shape: Callable[[], Shape]
    size: int = 25
    most: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A type of object. fields: how each is read (a None is left out), `id` among them. default: what comes unasked."""

    name: str
    fields: Mapping[str, Callable[[Any, Call], Any]]
    edges: Mapping[str, Edge] = field(default_factory=dict)
    default: tuple[str, ...] = ()


def parse_fields(text: str) -> tuple[Asked, ...]:
    """Return what a call asks for, () for nothing. Raises: Problem for what is no list of fields."""
    if not text.strip():
        return ()
    found, position = _parse_list(text, 0)
    if position < len(text):
        raise Problem(SYNTAX, what="Expected end of string instead of " + text[position], place=position, text=text[:200])
    return found


def _parse_list(text: str, position: int) -> tuple[tuple[Asked, ...], int]:
    found = []
    while True:
        one, position = _parse_one(text, position)
        found.append(one)
        if position >= len(text) or text[position] != ",":
            return tuple(found), position
        position += 1


def _parse_one(text: str, position: int) -> tuple[Asked, int]:
    named = NAME.match(text, position)
    if named is None:
        raise Problem(SYNTAX, what="Field name expected", place=position, text=text[:200])
    position, arguments = named.end(), {}
    while argument := ARGUMENT.match(text, position):
        arguments[argument[1]] = argument[2]
        position = argument.end()
    inner: tuple[Asked, ...] = ()
    if position < len(text) and text[position] == "{":
        inner, position = _parse_list(text, position + 1)
        if position >= len(text) or text[position] != "}":
            raise Problem(SYNTAX, what="Expected }", place=position, text=text[:200])
        position += 1
    return Asked(name=named[0], arguments=arguments, inner=inner), position


def render(shape: Shape, item: Any, asked: Sequence[Asked], call: Call, path: str) -> dict[str, Any]:
    """Return an object with the fields that were asked for. path: its own address. Raises: Problem for unknown fields."""
    found: dict[str, Any] = {}
    for one in asked or [Asked(name=name) for name in shape.default]:
        value: Any
        if one.name in shape.edges:
            value = render_list(shape.edges[one.name], item, one.inner, one.arguments, call, f"{path}/{one.name}")
            if not value["data"]:
                continue
        elif one.name in shape.fields:
            value = _narrowed(shape.fields[one.name](item, call), one.inner)
        else:
            raise Problem(NO_FIELD, name=one.name, type=shape.name)
        if value is not None:
            found[one.name] = value
    return found | {"id": shape.fields["id"](item, call)}


def _narrowed(value: Any, inner: Sequence[Asked]) -> Any:
    if not inner or not isinstance(value, dict):
        return value
    if "data" in value:
        return {"data": [_narrowed(one, inner) for one in value["data"]]}
    return {one.name: value[one.name] for one in inner if one.name in value}


def render_list(
    edge: Edge, item: Any, asked: Sequence[Asked], arguments: Mapping[str, str], call: Call, path: str
) -> dict[str, Any]:
    """Return one page of a list. arguments: limit, after and what the list itself understands. Raises: Problem."""
    everything = edge.find(item, call, arguments)
    page = list_page(everything, arguments, call, path, size=edge.size, most=edge.most)
    shape = edge.shape()
    data = [render(shape, one, asked, call, one.id) for one in page.items]
    return {"data": data} | ({"paging": page.paging} if data else {})
