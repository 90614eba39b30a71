# SPDX-License-Identifier: Apache-2.0
"""A system whose answers are held against what it says about itself.

    gh = Described().start(app)
    gh.get("agents")
    gh.as_described()                   # an assertion about all so far
    gh.seen["listAgents"]               # {"200"}: the statuses that came

An answer must have a status, headers and a body that the operation knows; a
request that was not refused must be as described, too. So a description that
is too narrow shows as well as a member that is missing or too many.
"""
import json
import re
import urllib.parse

import jsonschema

from gatehouse import System, is_

# What nginx answers by itself, which is the same for all operations.
GATEWAY = {"400", "405", "408", "414", "431", "501", "502", "504"}


class Described(System):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.document = None
        self.seen = {}
        self.complaints = []

    def start(self, *arguments, **more):
        super().start(*arguments, **more)
        self.document = super().ask("GET", "openapi.json").body
        return self

    # ---- the description

    def operations(self):
        """[(method, path, operation)]"""
        return [(method.upper(), path, operation)
                for path, methods in self.document["paths"].items()
                for method, operation in methods.items()]

    def find(self, method, path):
        """The operation that a request is for, or None."""
        method = "GET" if method == "HEAD" else method
        fits = [(pattern.count("{"), operation)
                for known, pattern, operation in self.operations()
                if known == method and re.fullmatch(
                    re.sub("{[a-z]+}", "[^/]+", pattern), path)]
        return min(fits, key=lambda fit: fit[0])[1] if fits else None

    def resolve(self, part):
        while "$ref" in part:
            found = self.document
            for name in part["$ref"][2:].split("/"):
                found = found[name]
            part = found
        return part

    def faults(self, schema, value):
        """What of a value does not fit a schema."""
        validator = jsonschema.Draft202012Validator(
            {**schema, "components": self.document["components"]})
        return [f"{error.json_path}: {error.message:.300}"
                for error in validator.iter_errors(value)]

    # ---- the requests

    def as_described(self, name="all answers are as described"):
        """An assertion: so are all answers since the last one."""
        is_(self.complaints[:5], [], name)
        self.complaints.clear()

    def ask(self, method, path, body=None, source=None, **headers):
        answer = super().ask(method, path, body, source, **headers)
        url = urllib.parse.urlsplit(
            path if path.startswith("/") else "/api/v1/" + path)
        operation = self.find(method, url.path)
        if operation is not None:
            faults = self.answer_faults(operation, method, answer)
            if answer.status < 300:
                faults += self.request_faults(operation, url.query, headers,
                                              body)
            self.tell(operation, answer.status, faults,
                      f"{method} {path}: {answer.status}")
        return answer

    def tell(self, operation, status, faults, where):
        self.seen.setdefault(operation["operationId"], set()).add(str(status))
        self.complaints += [f"{where}: {fault}" for fault in faults]

    def heard(self, operation_id, link, *events):
        """Events that a listener got; link: of helper/live.py."""
        operation, = [o for _, _, o in self.operations()
                      if o["operationId"] == operation_id]
        content = operation["responses"][str(link.status)].get("content", {})
        schema = content.get("text/event-stream", {}).get(
            "x-event", {"$ref": "#/components/schemas/LiveEvent"})
        faults = [fault for event in events
                  for fault in self.faults(schema, event)]
        self.tell(operation, link.status, faults, operation_id)

    def answer_faults(self, operation, method, answer):
        status = str(answer.status)
        responses = operation["responses"]
        if status not in responses and status in GATEWAY:
            status = "default"
        if status not in responses:
            return ["not a status of this operation"]
        response = self.resolve(responses[status])
        faults = self.header_faults(response.get("headers", {}),
                                    answer.headers)
        if method == "HEAD":
            return faults
        return faults + self.body_faults(response.get("content", {}), answer)

    def header_faults(self, described, headers):
        faults = []
        for name, part in described.items():
            header, value = self.resolve(part), headers[name]
            if value is not None:
                faults += [f"{name}: {fault}" for fault in
                           self.faults(header["schema"], value)]
            elif header.get("required"):
                faults.append(f"no header {name}")
        return faults

    def body_faults(self, content, answer):
        kind = (answer.headers["Content-Type"] or "").split(";")[0]
        if not content:
            return ["a body"] if answer.text else []
        if kind not in content:
            return [f"not a type of this answer: {kind}"]
        if kind == "application/json":
            return self.faults(content[kind]["schema"], answer.body)
        if kind == "text/event-stream":
            return [fault for frame in answer.text.split("\n\n") if frame
                    for fault in self.faults(content[kind]["x-event"],
                                             json.loads(frame[6:]))]
        return self.faults(content[kind]["schema"], answer.text)

    def request_faults(self, operation, query, headers, body):
        parts = [self.resolve(p) for p in operation["parameters"]]
        known = {(p["in"], p["name"].lower()): p["schema"] for p in parts}
        given = [("query", name, value) for name, value in
                 urllib.parse.parse_qsl(query)]
        given += [("header", name, value) for name, value in headers.items()
                  if ("header", name.lower()) in known]
        faults = []
        for where, name, value in given:
            schema = known.get((where, name.lower()))
            if schema is None:
                faults.append(f"{name} is not described")
                continue
            if schema.get("type") == "integer":
                value = int(value)
            faults += [f"{name}: {f}" for f in self.faults(schema, value)]
        wants = operation.get("requestBody")
        if body is None:
            return faults + ["no body"] * bool(wants and wants["required"])
        if wants is None:
            return faults + ["a body that is not described"]
        if isinstance(body, (str, bytes)):
            body = json.loads(body)
        return faults + self.faults(
            wants["content"]["application/json"]["schema"], body)
