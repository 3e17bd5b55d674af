#!/usr/bin/python3
"""The schema registry that other tests talk to: it gives ids, refuses what is incompatible, and
keeps what it has through a kill; the gate before it lets in who has the password."""

import http.client
import json
import ssl
import time
import urllib.error
import urllib.request

from harness.case import Case, main
from harness.certificates import Authority
from harness.processes import require
from harness.schema_registry import PASSWORD, USER, Gate, SchemaRegistry


def avro(*fields: str, default: str | None = None) -> dict[str, str]:
    described = [{"name": name, "type": "int"} for name in fields]
    if default:
        described.append({"name": default, "type": "int", "default": 0})
    return {"schema": json.dumps({"type": "record", "name": "row", "fields": described})}


def register(registry: SchemaRegistry, subject: str, schema: dict[str, str]) -> tuple[int, dict]:
    return registry.ask("POST", f"/subjects/{subject}/versions", schema)


def schemas(registry: SchemaRegistry) -> None:
    status, first = register(registry, "t-value", avro("a"))
    require(status == 200 and register(registry, "t-value", avro("a")) == (200, first),
            f"the same schema twice: {status} {first}")
    require(json.loads(registry.schema(first["id"])) == json.loads(avro("a")["schema"]), "its text")
    status, answer = register(registry, "t-value", avro("a", "b"))
    require(status == 409 and answer["error_code"] == 409, f"incompatible: {status} {answer}")
    status, second = register(registry, "t-value", avro("a", default="b"))
    require(status == 200 and second["id"] != first["id"], f"compatible: {status} {second}")
    require([one["version"] for one in registry.versions("t-value")] == [1, 2], "two versions")
    for kind, text in (("JSON", '{"type":"object","properties":{"a":{"type":"integer"}}}'),
                       ("PROTOBUF", 'syntax = "proto3"; message Row { int32 a = 1; }')):
        status, answer = register(registry, f"{kind}-value", {"schema": text, "schemaType": kind})
        require(status == 200, f"{kind}: {status} {answer}")
        require(registry.versions(f"{kind}-value")[0]["schemaType"] == kind, f"its type is {kind}")
    status, answer = register(registry, "t-value", {"schema": '{"type":"rec'})
    require(status == 422 and answer["error_code"] == 42201, f"no schema: {status} {answer}")
    status, answer = registry.ask("GET", "/subjects/none/versions/latest")
    require(status == 404 and answer["error_code"] == 40401, f"no subject: {status} {answer}")


def status_at(gate: Gate, password: str, context: ssl.SSLContext | None = None) -> int:
    keys = urllib.request.HTTPPasswordMgrWithPriorAuth()
    keys.add_password(None, gate.url, USER, password, is_authenticated=True)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(keys),
                                         urllib.request.HTTPSHandler(context=context))
    try:
        return opener.open(gate.url + "/subjects", timeout=30).status
    except urllib.error.HTTPError as refused:
        return refused.code


def gates(case: Case, registry: SchemaRegistry) -> None:
    gate = Gate(registry)
    case.on_cleanup(gate.close)
    require(status_at(gate, PASSWORD) == 200, "the password opens")
    require(status_at(gate, "wrong") == 401, "a wrong one does not")
    gate.status = 503
    require(status_at(gate, PASSWORD) == 503, "it says what it is told to")
    authority = Authority(case.directory / "authority")
    secure = Gate(registry, authority.issue("registry"))
    case.on_cleanup(secure.close)
    trusting = ssl.create_default_context(cafile=str(authority.certificate))
    require(status_at(secure, PASSWORD, trusting) == 200, "TLS works")


def run(case: Case) -> None:
    registry = SchemaRegistry(case.directory / "registry")
    case.on_cleanup(registry.cleanup)
    began = time.monotonic()
    registry.start()
    print(f"  start: {time.monotonic() - began:.1f} s", flush=True)
    schemas(registry)
    before = {subject: registry.versions(subject) for subject in registry.subjects()}
    status, last = register(registry, "last-value", avro("a", "z"))
    registry.kill()
    try:
        registry.ask("GET", "/subjects")
        require(False, "it answers after its kill")
    except (OSError, http.client.HTTPException):
        pass
    registry.start()
    after = {subject: registry.versions(subject) for subject in registry.subjects()}
    require([one["id"] for one in after.pop("last-value", [])] == [last["id"]], "what came last is kept")
    require(before == after and len(before) == 3, f"before the kill {before}, after it {after}")
    status, _ = register(registry, "t-value", avro("x", "y"))
    require(status == 409, f"what is incompatible after the kill: {status}")
    gates(case, registry)
    registry.stop()
    case.counts["subjects"] = len(before)


if __name__ == "__main__":
    main(__doc__, run)
