"""The responses to valid and invalid requests conform to the OpenAPI document."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from index.ingest import Ingest
from index.local.archive import LocalArchive
from index.read.article import without_file
from qa.ask import Asker
from qa.service.middleware.auth import REQUIRED_SCOPES
from qa.service.serve import serve_in_thread
from qa.settings import Settings
from tests.fakes import HashEmbedder, build_archive, identifier, writer_of
from tests.torture.rounds import rounds

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
_UNDOCUMENTED = {
    "/",
    "/page",
    "/docs",
    "/docs/oauth2-redirect",
    "/openapi.json",
    "/static-offline-docs",
    "/mcp",
}  # routes that are not in the OpenAPI document
_OPERATIONS = sorted(f"{method} {path}" for method, path in REQUIRED_SCOPES if path not in _UNDOCUMENTED)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[schemathesis.BaseSchema]:
    """The OpenAPI document of a running service."""
    data = build_archive(tmp_path_factory.mktemp("contract"), {"pont.md": "Le pont rouvre lundi matin."})
    with Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:
        ingest.put([("pont", without_file({"text": "Le pont rouvre lundi matin."}))])
    with (
        LocalArchive(data) as archive,
        serve_in_thread(Asker(archive, HashEmbedder(), identifier()), Settings(disk_floor=0)) as address,
    ):
        yield schemathesis.openapi.from_url(f"{address}/openapi.json")


def test_every_operation_of_the_document_is_tested(schema: schemathesis.BaseSchema) -> None:
    document = schema.raw_schema["paths"]
    assert sorted(f"{method.upper()} {path}" for path in document for method in document[path]) == _OPERATIONS


@pytest.mark.timeout(36_000)
@pytest.mark.parametrize("label", _OPERATIONS)
def test_an_operation_conforms_to_its_document(schema: schemathesis.BaseSchema, label: str) -> None:
    operation = schema.find_operation_by_label(label)
    assert operation
    valid, invalid = (operation.as_strategy(mode) for mode in schemathesis.GenerationMode)

    @seed(1)
    @settings(
        max_examples=rounds(20, 1000),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(valid, invalid), st.booleans())
    def conforms(case: schemathesis.Case[Any], existing: bool) -> None:
        if existing and "article_id" in case.path_parameters:
            case.path_parameters["article_id"] = "pont"
        response = case.call()
        too_large = response.status_code == 431  # whatever else is wrong
        checks = [check for check in _CHECKS if not (too_large and check is negative_data_rejection)]
        case.validate_response(response, checks=checks)

    conforms()
