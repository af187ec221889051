"""Definitions that are copied, and carried to another installation."""

import hashlib
import json

import pytest

from dougong_flow.definition_body import hash_of

ERRORS = "userErrors { path code message params }"
BODY = {"steps": [{"key": "a", "name": "Look at it"}]}
VERSION = "definitionVersion { id version state contentHash changeSource definition { key name purpose } }"


@pytest.fixture
def served(live_world):
    return live_world("flow")


@pytest.fixture
def dora(served):
    return served.person("flow.designer", name="Dora")


@pytest.fixture
def drafted(served, dora):
    """A draft of a definition, by its id."""
    made = served.ask(
        f"""mutation($body: JSON!) {{ createDefinition(input: {{ key: "ours.check", name: "Check",
          purpose: "To be done well", serves: INTERNAL, versions: [{{ body: $body }}]
        }}) {{ definition {{ versions {{ nodes {{ id contentHash }} }} }} {ERRORS} }} }}""",
        dora,
        body=BODY,
    )["createDefinition"]
    assert made["userErrors"] == []
    return made["definition"]["versions"]["nodes"][0]


def imported(served, dora, package, **said):
    return served.ask(
        f"""mutation($package: String!, $key: String, $name: String) {{
          importDefinition(package: $package, key: $key, name: $name) {{ {VERSION} {ERRORS} }} }}""",
        dora,
        package=package,
        **said,
    )["importDefinition"]


def package_of(served, dora, version):
    asked = "query($id: ID!) { definitionPackage(of: $id) }"
    return served.ask(asked, dora, id=version["id"])["definitionPackage"]


def signed(package, **said):
    """A package that says something else, with the right hashes."""
    other = {**json.loads(package), **said}
    other["content_hash"] = hash_of(other["body"])
    whole = {name: value for name, value in other.items() if name != "sha256"}
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    hashed = hashlib.sha256(text.encode(errors="replace")).hexdigest()
    return json.dumps({**whole, "sha256": hashed})


def codes(answer):
    return [one["code"] for one in answer["userErrors"]]


def test_S0_39_a_copy_is_a_draft_of_another_key_that_says_the_same(served, dora, drafted):
    copied = served.ask(
        f"""mutation($id: ID!) {{ copyDefinition(version: $id, key: "ours.copy", name: "Ours") {{
          {VERSION} {ERRORS} }} }}""",
        dora,
        id=drafted["id"],
    )["copyDefinition"]["definitionVersion"]

    assert (copied["state"], copied["definition"]["key"]) == ("DRAFT", "ours.copy")
    assert copied["contentHash"] == drafted["contentHash"] == hash_of(BODY)
    changed = served.ask(
        f"""mutation($id: ID!, $version: Int!, $body: JSON!) {{ updateDefinitionVersion(
          id: $id, version: $version, patch: {{ body: $body }}) {{ {VERSION} {ERRORS} }} }}""",
        dora,
        id=copied["id"],
        version=copied["version"],
        body={"steps": [{"key": "b", "name": "Look twice"}]},
    )["updateDefinitionVersion"]["definitionVersion"]
    assert changed["contentHash"] != drafted["contentHash"]


def test_S0_39_an_imported_package_is_a_draft_with_the_same_hash(served, dora, drafted):
    package = package_of(served, dora, drafted)

    answer = imported(served, dora, package, key="theirs.check", name="Their check")

    assert answer["userErrors"] == []
    version = answer["definitionVersion"]
    assert (version["state"], version["contentHash"]) == ("DRAFT", drafted["contentHash"])
    assert version["definition"] == {
        "key": "theirs.check",
        "name": "Their check",
        "purpose": "To be done well",
    }
    assert version["changeSource"] == "ours.check 1.0"


def test_S0_39_a_damaged_package_is_refused_with_a_sentence(served, dora, drafted):
    package = package_of(served, dora, drafted)

    def refused(text):
        (error,) = imported(served, dora, text, key="theirs.check")["userErrors"]
        return error["code"], error["message"]

    def changed(**said):
        return json.dumps({**json.loads(package), **said})

    damaged = (
        "package_is_damaged",
        "The package is damaged, or was changed by hand: its hash is another. Export it again.",
    )
    other = {"steps": [{"key": "a", "name": "Look away"}]}
    assert refused(package.replace("Look at it", "Look at me")) == damaged
    assert refused(changed(purpose="Another")) == damaged
    assert refused(changed(body=other, content_hash=hash_of(other))) == damaged
    assert refused(package[:-20])[0] == "package_is_no_json"
    assert refused("[" * 20_000)[0] == "package_is_no_json"
    assert refused(package.replace('"needs_trial": true', '"needs_trial": NaN'))[0] == (
        "package_is_no_json"
    )
    assert refused(signed(package, name="A\0B"))[0] == "package_is_no_json"
    assert refused(signed(package, name="A\ud800B"))[0] == "package_is_damaged"
    assert refused("[]")[0] == "no_package"
    assert refused(changed(more=1))[0] == "package_fields"
    assert refused(changed(serves=["INTERNAL"]))[0] == "package_fields"
    assert refused("x" * 600_000)[0] == "package_too_large"
    assert served.ask("{ definitions { totalCount } }", dora) == {"definitions": {"totalCount": 1}}


def test_S0_39_where_the_definition_is_there_it_gets_a_further_draft_once(served, dora, drafted):
    package = package_of(served, dora, drafted)
    assert codes(imported(served, dora, package)) == ["package_is_known"]
    imported(served, dora, package, key="theirs.check")
    other = signed(package, body={"steps": [{"key": "z", "name": "Another"}]})

    answer = imported(served, dora, other)

    assert answer["definitionVersion"]["definition"]["key"] == "ours.check"
    found = served.ask(
        '{ definitionVersions(where: {definition: {is: {key: {eq: "ours.check"}}}}) {'
        " nodes { major state } } }",
        dora,
    )["definitionVersions"]["nodes"]
    assert found == [{"major": 1, "state": "DRAFT"}, {"major": 2, "state": "DRAFT"}]


def test_S0_39_whoever_designs_nothing_neither_exports_nor_imports(served, dora, drafted):
    stranger = served.person("flow.worker")

    (error,) = served.errors(
        "query($id: ID!) { definitionPackage(of: $id) }", stranger, id=drafted["id"]
    )
    assert error["extensions"]["code"] == "FORBIDDEN"
    package = package_of(served, dora, drafted)
    assert codes(imported(served, stranger, package)) == ["needs_permission"]
