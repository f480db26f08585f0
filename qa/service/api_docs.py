"""The service's OpenAPI document as a page of Markdown: docs/api.md."""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from qa.service.middleware.auth import NEEDED
from qa.service.schemas import Problem

_BEGIN = """\
# API

Made by `make docs` from the service's OpenAPI document, which is at `/openapi.json` and, to try out, at `/docs`.
[howto.md](howto.md) has examples, and [operations.md](operations.md) says what to do about a refusal.

Every route names the scope that its key needs, where the service asks for keys. Errors are a [Problem](#problem), as
`application/problem+json`; below `/v1` they are an [ErrorResponse](#errorresponse). Any route may answer 401, 403, 421,
422, 429 and 503, and one that takes a body 400, 408, 413 and 415. The page at `/` and the tools for agents at
`POST /mcp` (scope `read`) are not in the document.
"""
_COMMON = ("400", "401", "403", "408", "413", "415", "421", "422", "429", "503")
_REFERENCE = re.compile(r'"#/components/schemas/(\w+)"')

Schema = Mapping[str, Any]


def reference(openapi: Mapping[str, Any]) -> str:
    """Return an OpenAPI document as Markdown: the routes, what they take and what they give."""
    routes = [
        (method.upper(), path, route) for path, methods in openapi["paths"].items() for method, route in methods.items()
    ]
    schemas = openapi["components"]["schemas"] | {"Problem": Problem.model_json_schema()}
    taken = _named([route["requestBody"] for _, _, route in routes if "requestBody" in route], schemas)
    lines = [_BEGIN]
    for tag in dict.fromkeys(route["tags"][0] for _, _, route in routes):
        lines += [f"## {tag.capitalize()}", ""]
        for method, path, route in routes:
            if route["tags"][0] == tag:
                lines += _route(method, path, route)
    lines += ["## What is sent", ""]
    for name in sorted(taken):
        lines += _schema(name, schemas[name], sent=True)
    lines += ["## What comes back", ""]
    for name in sorted(schemas.keys() - taken):
        lines += _schema(name, schemas[name], sent=False)
    return "\n".join(lines).rstrip() + "\n"


def _named(value: object, schemas: Mapping[str, Schema]) -> set[str]:
    """Return the schemas that a value names, and those that they name."""
    found: set[str] = set()
    new = set(_REFERENCE.findall(json.dumps(value)))
    while new:
        found |= new
        new = set(_REFERENCE.findall(json.dumps([schemas[name] for name in new]))) - found
    return found


def _route(method: str, path: str, route: Mapping[str, Any]) -> Iterator[str]:
    scope = NEEDED[method, path]
    yield f"### {method} {path}\n"
    yield f"{route['description']} {f'Scope: `{scope}`.' if scope else 'Open to all.'}\n"
    if parameters := route.get("parameters"):
        yield from _table(
            {one["name"]: one["schema"] | {"description": one.get("description", "")} for one in parameters},
            {one["name"] for one in parameters if one["required"]},
        )
    if body := route.get("requestBody"):
        yield f"Takes {_type(body['content']['application/json']['schema'])}.\n"
    answers = {status: given for status, given in route["responses"].items() if status not in _COMMON}
    yield from (f"- {status}: {_given(response)}" for status, response in sorted(answers.items()))
    yield ""


def _given(response: Mapping[str, Any]) -> str:
    told = response["description"] if response["description"] != "Successful Response" else ""
    if not (content := response.get("content")):
        return "nothing."
    kind, body = next(iter(content.items()))
    if kind == "application/problem+json":
        return str(told)
    return f"{_type(body['schema']) if kind == 'application/json' else kind}. {told}".strip()


def _schema(name: str, schema: Schema, *, sent: bool) -> Iterator[str]:
    yield f"### {name}\n"
    if told := schema.get("description"):
        yield f"{' '.join(told.split())}\n"
    yield from _table(schema["properties"], set(schema.get("required", ())) if sent else None)


def _table(fields: Mapping[str, Schema], needed: set[str] | None) -> Iterator[str]:
    """Give a row for each field, with its default where `needed` says which have none."""
    yield "| | |" if needed is None else "| | | default | |"
    yield "|---|---|" if needed is None else "|---|---|---|---|"
    for name, schema in fields.items():
        kind, told = _type(schema), " ".join(schema.get("description", "").split())
        cells = [f"`{name}`", f"{kind}. {told}" if told else kind]
        if needed is not None:
            default = json.dumps(schema.get("default"), ensure_ascii=False)
            cells = [f"`{name}`", kind, "needed" if name in needed else f"`{default}`", told]
        yield f"| {' | '.join(cells)} |"
    yield ""


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if either := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(map(_type, either))
    if values := schema.get("enum") or ([schema["const"]] if "const" in schema else None):
        return " or ".join(f"`{json.dumps(value)}`" for value in values)
    if schema.get("type") == "array":
        parts = schema.get("prefixItems") or [schema["items"]]
        return f"[{', '.join(map(_type, parts))}]" if len(parts) > 1 else f"list of {_type(parts[0])}"
    if isinstance(of := schema.get("additionalProperties"), Mapping):
        return f"object of {_type(of)}"
    bounds = f", {schema['minimum']:g} to {schema['maximum']:.0f}" if "maximum" in schema else ""
    return f"{schema.get('format', schema.get('type', 'anything'))}{bounds}"


def main() -> None:
    """Print the reference of the service, on the archive of the settings."""
    from qa import archive
    from qa.cli import terminal
    from qa.service.admission import Worker
    from qa.service.app import create_app
    from qa.settings import Settings

    settings = Settings.from_environment(os.environ)
    with terminal.progress(terminal.console(stderr=True)) as progress, archive.open_asker(settings, progress) as asker:
        worker = Worker(settings.queue, settings.deadline)
        sys.stdout.write(reference(create_app(asker, settings, worker).openapi()))
        worker.close()


if __name__ == "__main__":
    main()
