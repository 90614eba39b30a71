#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Makes the API reference, docs/api.md, of the description of the API.

    make -C build api-page          # or: docs/api.py <openapi.json >docs/api.md
"""
import json
import sys

HEAD = """# The API

<!-- Made by docs/api.py of fcgi/routes.def and fcgi/api/; see there. -->

Every operation, with a line to try it, and every schema. A running service has the
same as `GET /api/v1/openapi.json` (OpenAPI 3.1), for programs that make clients of
it. How requests are answered in general: `http.md`; who may do what:
`authentication.md`; events as they happen: `live.md`. In the lines stand

    HOST=http://127.0.0.1:8080 TOKEN=... SESSION=INC-20260102-001 GATE=g1 APP=incident

and where authentication is off the token is left out. A change that comes with a
cookie or a password in place of a token needs `-H 'X-Gatehouse-CSRF: 1'`; a POST
that takes a role takes an `Idempotency-Key`.

Whatever is refused is answered with an [Error](#error): 401, 403, 404, 413, 415,
422, 429, 500 and 503 as `http.md` and `fcgi/README.md` say; other refusals stand at
the operation.
"""
# What follows from method, role and path, and is told once.
COMMON = {"401", "403", "404", "413", "415", "422", "429", "500", "503",
          "default"}
EVERYWHERE = ("X-Gatehouse-CSRF", "Idempotency-Key")
PLACES = {"{id}": "$SESSION", "{gate}": "$GATE", "{call}": "$GATE",
          "{app}": "$APP"}
UPGRADE = """ --http1.1 -H 'Connection: Upgrade' \\
        -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' \\
        -H 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='"""

document = json.load(sys.stdin)


def resolve(part):
    while "$ref" in part:
        found = document
        for name in part["$ref"][2:].split("/"):
            found = found[name]
        part = found
    return part


def is_plain(schema):
    """Needs no name: a text, a number, another schema or null."""
    return not {"description", "enum", "pattern", "properties",
                "oneOf"} & set(schema)


def named(reference):
    """A link to a schema, or what it is where that is as short."""
    schema = resolve({"$ref": reference})
    name = reference.split("/schemas/")[1].split("/")[0]
    return kind(schema) if is_plain(schema) else f"[{name}](#{name.lower()})"


def about_number(schema):
    low, high = schema.get("minimum"), schema.get("maximum")
    if high is not None:
        return f", {low} to {high}"
    return f", {low} or more" if low else ""


def kind(schema):
    """What a value is, in a few words."""
    if "$ref" in schema:
        return named(schema["$ref"])
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return " or ".join(dict.fromkeys(map(kind, schema[word])))
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(v).strip(chr(34))}`"
                         for v in schema["enum"])
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    names = schema.get("type", "any JSON")
    names = [names] if isinstance(names, str) else names
    text = " or ".join(names)
    if "array" in names and "items" in schema:
        return f"list of {kind(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {kind(schema['additionalProperties'])}"
    if "integer" in names or "number" in names:
        text += about_number(schema)
    if "maxLength" in schema:
        text += f", at most {schema['maxLength']} characters"
    return text


def members(schema, before=""):
    """Rows of a table: those of inner objects are named in full."""
    if "$ref" in schema:
        yield from members(resolve(schema), before)
    for name, inner in schema.get("properties", {}).items():
        needed = name in schema.get("required", ())
        yield (f"`{before}{name}`", kind(inner) + ", optional" * (not needed),
               inner.get("description", ""))
        items = inner.get("items", {})
        if "properties" in inner:
            yield from members(inner, f"{before}{name}.")
        elif "properties" in items:
            yield from members(items, f"{before}{name}[].")


def table(head, rows):
    print(f"\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print("| " + " | ".join(cell.replace("|", "\\|") for cell in row)
              + " |")


# ---- operations


def curl(method, path, operation):
    """The line to try it; what it sends is the example of its body."""
    content = next(iter(operation["responses"].values())).get("content", {})
    words = "curl -s"
    if "101" in operation["responses"]:
        words = "curl -sN" + UPGRADE
    elif list(content) == ["text/event-stream"] and method == "GET":
        words = "curl -sN"
    if method != "GET" and (method != "POST" or
                            "requestBody" not in operation):
        words += f" -X {method}"
    if operation["security"]:
        words += ' -H "Authorization: Bearer $TOKEN"'
    if "requestBody" in operation:
        body = resolve(operation["requestBody"]["content"]
                       ["application/json"]["schema"])["examples"][0]
        words += " \\\n        -H 'Content-Type: application/json' \\\n" \
                 f"        -d '{json.dumps(body)}'"
    for name, value in PLACES.items():
        path = path.replace(name, value)
    print(f"\n    {words} \\\n        \"$HOST{path}\"")


def parameters(operation):
    rows = [resolve(part) for part in operation["parameters"]]
    rows = [(f"`{p['name']}`", p["in"], kind(p["schema"]) + (
        f"; else `{p['schema']['default']}`" if "default" in p["schema"]
        else ""), p["description"]) for p in rows if p["name"] not in EVERYWHERE]
    if rows:
        table(("parameter", "in", "", ""), rows)


def answers(operation):
    for status, response in operation["responses"].items():
        if status in COMMON:
            continue
        said = [" or ".join(
            kind(part["schema"]) if name == "application/json" else
            f"a stream of {kind(part['x-event'])}" if "x-event" in part else
            f"`{name}`" for name, part in
            response.get("content", {}).items())] \
            if "$ref" not in response else [resolve(response)["description"]]
        headers = [f"`{name}`" for name in resolve(response).get("headers", {})
                   if name != "X-Request-Id"] if status < "300" else []
        said += [f"with {', '.join(headers)}"] * bool(headers)
        yield f"{status} {', '.join(filter(None, said))}".strip()


def operation_text(method, path, operation):
    ways = operation["security"]
    role = f"role `{(ways[0]['bearer'] or ['any'])[0]}`" if ways else "anybody"
    print(f"\n### {operation['summary']}\n\n`{method} {path}` · {role} · "
          f"`{operation['operationId']}`")
    curl(method, path, operation)
    parameters(operation)
    if "requestBody" in operation:
        body = operation["requestBody"]
        print(f"\nBody: {kind(body['content']['application/json']['schema'])}"
              + (", if any" if not body["required"] else "") + ".")
    print(f"\nAnswer: {'; '.join(answers(operation))}.")


def schema_text(name, schema):
    print(f"\n### {name}")
    if schema.get("description"):
        print(f"\n{schema['description']}.")
    tables = [list(members(part)) for part in schema.get("oneOf", [schema])]
    if not any(tables):
        print(f"\n{kind(schema)}" + (
            f", `{schema['pattern']}`" if "pattern" in schema else ""))
    for rows in filter(None, tables):
        table(("member", "", ""), rows)


print(HEAD, end="")
for tag in document["tags"]:
    print(f"\n## {tag['name'].capitalize()}\n\n{tag['description']}.")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["tags"] == [tag["name"]]:
                operation_text(method.upper(), path, operation)
print("\n## Schemas")
schemas = document["components"]["schemas"]
# What others have besides members of their own is shown with these.
bases = [schema["$ref"] for schema in schemas.values()
         if "unevaluatedProperties" in schema]
for name, schema in sorted(schemas.items()):
    if not is_plain(schema) and "#/components/schemas/" + name not in bases:
        schema_text(name, schema)
