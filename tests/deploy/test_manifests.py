"""The files for Docker Compose and Kubernetes are valid, and name what newsqa has."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from qa.cli.main import app
from qa.service.keys import FILE as KEYS
from qa.service.middleware.auth import REQUIRED_SCOPES
from qa.settings import Settings
from tests.deploy.nginx import TEMPLATE

_ROOT = Path(__file__).parents[2]
_DEPLOY = _ROOT / "deploy"
_KUBERNETES_VERSION = "1.31"
_COMPOSE_TEXT = (_DEPLOY / "docker-compose.yml").read_text(encoding="utf-8")
_COMPOSE: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{\w+:-(.*?)\}", r"\1", _COMPOSE_TEXT))  # with its defaults
_OBJECTS: list[dict[str, Any]] = [*yaml.safe_load_all((_DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8"))]
_KUSTOMIZATION: dict[str, Any] = yaml.safe_load((_DEPLOY / "kustomization.yaml").read_text(encoding="utf-8"))
_IMAGE = (_ROOT / "Dockerfile").read_text(encoding="utf-8")
_VERSION = re.search(r'^version = "(.*)"$', (_ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)


def _walk(value: Any) -> Iterator[dict[str, Any]]:
    """Yield all mappings in a value."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _walk(each)


def _kubernetes(kind: str, name: str) -> dict[str, Any]:
    """Return an object of Kubernetes."""
    (found,) = [each for each in _OBJECTS if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


def _containers(image: str) -> list[dict[str, Any]]:
    """Return the containers of Kubernetes with an image, whatever its version."""
    return [each for each in _walk(_OBJECTS) if str(each.get("image", "")).partition(":")[0] == image]


def _environments() -> list[dict[str, str]]:
    """Return the environments of newsqa in both files."""
    composed = [service["environment"] for service in _COMPOSE["services"].values() if "build" in service]
    return [*composed, _kubernetes("ConfigMap", "newsqa")["data"]]


def test_compose_accepts_its_file() -> None:
    compose_spec = pytest.importorskip("compose_spec")
    merged = yaml.safe_dump(_COMPOSE)  # as Compose reads `<<`
    services = compose_spec.PyCompose.from_yaml(merged).service_names()
    assert {"reader", "writer", "indexer", "nginx", "milvus"} == set(services)
    with pytest.raises(ValueError, match="portz"):
        compose_spec.PyCompose.from_yaml(merged.replace("ports:", "portz:"))


@pytest.mark.parametrize("each", _OBJECTS, ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_kubernetes_accepts_each_object(each: dict[str, Any]) -> None:
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    kubernetes_validate.validate(each, _KUBERNETES_VERSION, strict=True)


def test_kubernetes_accepts_no_unknown_field() -> None:
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    changed = json.loads(json.dumps(_kubernetes("Deployment", "reader")).replace("readinessProbe", "readyProbe"))
    with pytest.raises(kubernetes_validate.ValidationError, match="readyProbe"):
        kubernetes_validate.validate(changed, _KUBERNETES_VERSION, strict=True)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed: kustomization.yaml is not built")
def test_kubectl_builds_all_objects() -> None:
    command = ["kubectl", "kustomize", str(_DEPLOY)]
    built = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert built.returncode == 0, built.stderr
    objects = [*yaml.safe_load_all(built.stdout)]
    assert len(objects) == len(_OBJECTS) + 1
    (nginx,) = [each for each in objects if each["metadata"]["name"].startswith("nginx-")]
    assert nginx["data"] == {"default.conf.template": TEMPLATE.read_text(encoding="utf-8")}
    assert {each["metadata"].get("namespace", "newsqa") for each in objects} == {"newsqa"}


def test_their_variables_are_settings_with_valid_values() -> None:
    names = {f"NEWSQA_{field.name.upper()}" for field in fields(Settings)}
    for environment in _environments():
        assert environment.keys() <= names
        assert Settings.from_environment(environment).store


def test_their_ports_are_those_of_the_image() -> None:
    (port,) = re.findall(r"NEWSQA_PORT=(\d+)", _IMAGE)
    composed = _COMPOSE["services"]["nginx"]["environment"]
    variables = {each["name"]: each["value"] for each in _containers("nginx")[0]["env"]}
    for name, service in (("READERS", "reader"), ("WRITER", "writer")):
        assert composed[name] == f"{service}:{port}"
        assert service in _COMPOSE["services"]
        assert variables[name] == f"{service}.{_KUSTOMIZATION['namespace']}.svc.cluster.local:{port}"
        assert _kubernetes("Service", service)["spec"]["ports"][0]["port"] == int(port)
    ports = {each["containerPort"] for container in _containers("newsqa") for each in container.get("ports", ())}
    assert ports == {int(port)}
    (listening,) = re.findall(r"listen (\d+);", TEMPLATE.read_text(encoding="utf-8"))
    assert [each["containerPort"] for each in _containers("nginx")[0]["ports"]] == [int(listening)]
    assert _COMPOSE["services"]["nginx"]["ports"] == [f"127.0.0.1:{listening}:{listening}"]


def test_their_probes_are_routes_without_a_key() -> None:
    probes = [
        (name, probe["httpGet"]["path"])
        for container in _containers("newsqa")
        for name, probe in container.items()
        if name.endswith("Probe")
    ]
    assert {("livenessProbe", "/livez"), ("readinessProbe", "/readyz")} <= set(probes)
    paths = {path for _, path in probes} | {_containers("nginx")[0]["readinessProbe"]["httpGet"]["path"]}
    assert all(REQUIRED_SCOPES["GET", path] is None for path in paths)


def test_their_commands_are_those_of_newsqa() -> None:
    commands = {command.name or (command.callback and command.callback.__name__) for command in app.registered_commands}
    named = [each["args"][0] for each in _containers("newsqa") if "args" in each]
    named += [each["command"][0] for each in _COMPOSE["services"].values() if "build" in each and "command" in each]
    assert named == ["index", "index"]
    assert commands >= set(named)


def test_their_images_have_versions() -> None:
    assert _VERSION
    images = [
        each["image"]
        for each in [*_COMPOSE["services"].values(), *_containers("nginx"), *_containers("milvusdb/milvus")]
    ]
    images += [f"{each['name']}:{each['newTag']}" for each in _KUSTOMIZATION["images"]]
    assert {image.partition(":")[0] for image in images} == {"newsqa", "nginx", "milvusdb/milvus"}
    assert len(set(images)) == 3
    assert all(re.search(r":v?\d+\.\d+\.\d+(-milvus)?$", image) for image in images)
    assert f"newsqa:{_VERSION[1]}-milvus" in images
    assert (_ROOT / ".ci" / "lock" / f"{_COMPOSE['x-newsqa']['build']['args']['LOCK']}.txt").exists()


def test_the_folders_and_the_user_are_those_of_the_image() -> None:
    (data,) = re.findall(r"NEWSQA_DATA=(\S+)", _IMAGE)
    (user,) = re.findall(r"--uid (\d+)", _IMAGE)
    mounted = {each["mountPath"] for container in _containers("newsqa") for each in container["volumeMounts"]}
    assert mounted == {data, f"{data}/{KEYS}", "/news"}
    assert {each["runAsUser"] for each in _walk(_OBJECTS) if "runAsUser" in each} == {int(user)}
    assert all(
        f"data:{Path(data).parent}" in each["volumes"] for each in _COMPOSE["services"].values() if "build" in each
    )


def test_nginx_gets_what_its_template_names() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    named = set(re.findall(r"\$\{(\w+)\}", text))
    for given in (
        _COMPOSE["services"]["nginx"]["environment"],
        [each["name"] for each in _containers("nginx")[0]["env"]],
    ):
        assert {*given} == named - {"NGINX_LOCAL_RESOLVERS"} | {"NGINX_ENTRYPOINT_LOCAL_RESOLVERS"}
    assert f"client_max_body_size {Settings().max_body}m;" in text
