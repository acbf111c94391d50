"""Of lifecycle.py: who may ask, and what is answered to those who ask wrongly."""

import http.client
import json
import socket

import trial


def tokens(t):
    token = "correct-horse-battery-staple"
    file = t.file("token", token + "\n")
    for how, options in (("file", {}), ("environment", {"env": {"FORETASTE_TOKEN": token}})):
        with t.server(*(["--token-file", file] if how == "file" else []), **options) as server:
            server.ready()
            client = trial.Client(server.url)
            wrong = [
                {},
                {"Authorization": "Bearer wrong"},
                {"Authorization": "Bearer " + token[:-1]},
                {"Authorization": "Bearer " + token[:-1] + "E"},
                {"Authorization": "Bearer " + token + "e"},
                {"Authorization": "Bearer "},
                {"Authorization": "Basic " + token},
                {"Authorization": token},
                {"X_API_Key": "wrong"},
                {"X_API_Key": ""},
                {"X_API_Key": "\xff\xfe"},
            ]
            answers = [
                client.post(path, {"users": t.users[:1]}, **headers)
                for headers in wrong
                for path in ("/v1/recommend", "/v1/admin/reload")
            ]
            answers += [client.get("/metrics"), client.get("/v1/model"), client.get("/v1/users?q=")]
            t.verdict.must(
                f"token by {how}: wrong ones get 401",
                {(a.status, a.code) for a in answers} == {(401, "unauthorized")},
                {(a.status, a.code) for a in answers},
            )
            shapes = {(a.body, tuple(sorted(name.lower() for name in a.headers))) for a in answers}
            t.verdict.must("all in one shape", len(shapes) == 1, shapes)
            for headers in ({"Authorization": "Bearer " + token}, {"X_API_Key": token}):
                t.verdict.must(
                    f"the right one by {[*headers][0]}",
                    client.post("/v1/recommend", {"users": t.users[:1]}, **headers).status == 200,
                )
            for path in ("/healthz", "/readyz", "/", "/explorer.js", "/explorer.css", "/openapi.json"):
                answer = client.get(path)
                t.verdict.must(f"open: {path}", answer.status == 200, answer.status)
            t.verdict.must("the token is in no log", token not in server.text() and token[:-1] not in server.text())
    with t.server("--token-file", file, "--metrics-open") as server:
        server.ready()
        t.verdict.must("--metrics-open", trial.Client(server.url).get("/metrics").status == 200)


def announced(server, length):
    """The answer to a body that is said to be so long, before any of it is sent."""
    with socket.create_connection(trial.loopback(server.url), 10) as sock:
        sock.sendall(
            b"POST /v1/recommend HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % length
        )
        answer = http.client.HTTPResponse(sock)
        answer.begin()
        return trial.Answer(answer.status, answer.headers, answer.read())


def requests(t):
    """What is asked wrongly, and the status and code that it gets."""
    user, many = t.users[0], [str(n) for n in range(10_001)]
    key, item = {"users": [user]}, None
    with t.server() as server:
        server.ready()
        client = trial.Client(server.url)
        item = t.ask(client).json["lists"][0]["items"][0]["item"]

        def post(body, path="/v1/recommend", **headers):
            return lambda: client.post(path, body, **headers)

        def get(path):
            return lambda: client.get(path)

        match = {"key": "nothing", "match": {"value": "x"}}
        deep = {"must": [{"must": [{"must": [{"must": [{"must": [match]}]}]}]}]}
        bad = (400, "bad_request")
        cases = [
            ("an unknown user", post({"users": ["nobody at all"]}), (404, "unknown_user")),
            ("an unknown user by GET", get("/v1/users/nobody%20at%20all/recommendations"), (404, "unknown_user")),
            ("the history of an unknown user", get("/v1/users/nobody/history"), (404, "unknown_user")),
            ("similar to an unknown item", get("/v1/items/nothing/similar"), (404, "unknown_item")),
            ("a path that is none", get("/v2/recommend"), (404, "not_found")),
            ("GET of what is posted", get("/v1/recommend"), (405, "method_not_allowed")),
            ("DELETE", lambda: client.call("DELETE", "/v1/model"), (405, "method_not_allowed")),
            *(
                (f"k {json.dumps(k)}", post({**key, "k": k}), bad)
                for k in (0, -1, 1001, 10**6, 10**30, 1.5, "10", [], True)
            ),
            *(
                (f"?k={k}", get(f"/v1/users/{trial.quoted(user)}/recommendations?k={k}"), bad)
                for k in ("0", "-1", "1001", "x", "")
            ),
            ("no users", post({"users": []}), bad),
            ("neither users nor history", post({"k": 3}), bad),
            ("users and history", post({**key, "history": [item]}), bad),
            ("an empty history", post({"history": []}), bad),
            ("a history of unknown items only", post({"history": ["nothing"]}), None),
            ("257 users", post({"users": [user] * 257}), bad),
            ("1,001 items", post({"history": [item] * 1001}), bad),
            ("10,001 allowed", post({**key, "allow": many}), bad),
            ("10,001 denied", post({**key, "deny": many}), bad),
            ("users as numbers", post({"users": [1]}), bad),
            ("users as text", post({"users": user}), bad),
            ("users as null", post({"users": None}), bad),
            ("with_seen as text", post({**key, "with_seen": "yes"}), bad),
            ("an unknown field", post({**key, "limit": 3}), bad),
            ("an array", post([user]), bad),
            ("a text", post("x"), bad),
            ("no JSON", post(b"{users"), bad),
            ("an empty body", post(b""), bad),
            ("cut JSON", post(b'{"users": ["1"'), bad),
            ("two values", post(b'{"users": ["1"]} {}'), bad),
            ("text/plain", post(key, Content_Type="text/plain"), (415, "unsupported_media_type")),
            ("a body of 1.2 MB", lambda: announced(server, 1_200_000), (413, "too_large")),
            ("a filter on an attribute that is missing", post({**key, "filter": {"must": [match]}}), bad),
            ("a filter too deep", post({**key, "filter": deep}), bad),
            ("a filter of 33", post({**key, "filter": {"must": [match] * 33}}), bad),
            ("a filter of the wrong type", post({**key, "filter": [match]}), bad),
            ("limit=21", get("/v1/items?q=&limit=21"), bad),
            ("limit=0", get("/v1/users?q=&limit=0"), bad),
            ("by=euclid", get(f"/v1/items/{trial.quoted(item)}/similar?by=euclid"), bad),
            ("a parameter that is none", get("/v1/items?q=&order=up"), None),
            ("51 items explained", post({"user": user, "items": [item] * 51}, "/v1/explain"), bad),
            ("an unknown item explained", post({"user": user, "items": ["nothing"]}, "/v1/explain"), None),
        ]
        for what, ask, expected in cases:
            answer = ask()
            found = (answer.status, answer.code)
            if expected is None:  # either is sensible: it is shown
                t.verdict.must(f"no 5xx: {what}", answer.status < 500, f"{found} {answer.body[:120]}")
                continue
            error = answer.json.get("error", {}) if answer.code else {}
            whole = (
                error.get("message")
                and error.get("help")
                and answer.headers["Content-Type"].startswith("application/json")
            )
            t.verdict.must(
                f"{what}: {expected[0]} {expected[1]} with help",
                found == expected and whole,
                f"{found} {answer.body[:200]}",
            )
        answer = client.post("/v1/recommend", {**key, "k": 0})
        t.verdict.must("an error tells the path", answer.json["error"].get("path") == "$.k", answer.body[:200])
        answer = client.post("/v1/recommend", {**key, "allow": ["nothing", "none"]})
        empty = answer.status == 200 and answer.json["lists"][0]["items"] == [] and answer.json.get("unknown_items")
        t.verdict.must("allow of unknown ids only: an empty list, and the ids", empty, answer.body[:200])
        answer = client.post("/v1/recommend", {"history": [item, "nothing"]})
        t.verdict.must(
            "a history with an unknown item: a list, and the id",
            answer.status == 200 and answer.json.get("unknown_items") == ["nothing"],
            answer.body[:200],
        )
        t.verdict.must("the server goes on", t.ask(client).status == 200)
        t.verdict.must("no panic", "panic" not in server.text())
