"""What hostile.py sends: requests that are none, paths and bodies that nobody means well with."""

import json
import random

POST = b"POST /v1/recommend HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
MB = 1 << 20


def sized(body):
    return POST + b"Content-Length: %d\r\n\r\n" % len(body) + body


def requests(key):
    """Names and whole requests as bytes; `key` is the header of the token, or empty."""
    key += b"Connection: close\r\n"
    get = b"GET /v1/model HTTP/1.1\r\nHost: x\r\n" + key
    post, ok = POST + key, b'{"users":["1"]}'
    made = {
        "HTTP/0.9": b"GET /\r\n\r\n",
        "HTTP/1.0": b"GET /healthz HTTP/1.0\r\n\r\n",
        "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
        "HTTP/3.0": b"GET / HTTP/3.0\r\nHost: x\r\n\r\n",
        "HTTP/1.1111": b"GET / HTTP/1.1111\r\nHost: x\r\n\r\n",
        "h2c upgrade": get + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
        "websocket": get + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\n\r\n",
        "TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)),
        "zeros": b"\0" * 4096,
        "all bytes": bytes(range(256)) * 8,
        "empty lines": b"\r\n" * 5000,
        "lone LF": b"GET /healthz HTTP/1.1\nHost: x\n\n",
        "lone CR": b"GET /healthz HTTP/1.1\rHost: x\r\r",
        "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
        "two hosts": get + b"Host: y\r\n\r\n",
        "a long method": b"A" * 100_000 + b" / HTTP/1.1\r\nHost: x\r\n\r\n",
        "CONNECT": b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        "TRACE": b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
        "OPTIONS *": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        "absolute form": b"GET http://elsewhere/healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        "an authority that is none": b"GET http://[::::]:99999999/ HTTP/1.1\r\nHost: [[\r\n\r\n",
        "space before colon": get + b"X-A : 1\r\n\r\n",
        "folded header": get + b"X-A: 1\r\n 2\r\n\r\n",
        "null in a header": get + b"X-A: a\0b\r\n\r\n",
        "bad UTF-8 in a header": get + b"X-A: \xff\xfe\r\n\r\n",
        "no name": get + b": 1\r\n\r\n",
        "a header without colon": get + b"nothing\r\n\r\n",
        "10,000 headers": get + b"".join(b"X-%d: 1\r\n" % n for n in range(10_000)) + b"\r\n",
        "a header of 10 MB": get + b"X-A: " + b"a" * (10 * MB) + b"\r\n\r\n",
        "a name of 1 MB": get + b"a" * MB + b": 1\r\n\r\n",
        "a cookie of 60 kB": get + b"Cookie: " + b"a=b; " * 12_000 + b"\r\n\r\n",
        "length -1": post + b"Content-Length: -1\r\n\r\n" + ok,
        "length +15": post + b"Content-Length: +15\r\n\r\n" + ok,
        "length 2^64": post + b"Content-Length: 18446744073709551616\r\n\r\n" + ok,
        "length 2^63": post + b"Content-Length: 9223372036854775808\r\n\r\n" + ok,
        "length as text": post + b"Content-Length: many\r\n\r\n" + ok,
        "two lengths": post + b"Content-Length: 15\r\nContent-Length: 3\r\n\r\n" + ok,
        "lengths by comma": post + b"Content-Length: 15, 3\r\n\r\n" + ok,
        "no length": post + b"\r\n" + ok,
        "too short a body": post + b"Content-Length: 99\r\n\r\n" + ok,
        "expects 100, sends nothing": post + b"Content-Length: 15\r\nExpect: 100-continue\r\n\r\n",
        "expects something else": post + b"Content-Length: 15\r\nExpect: miracles\r\n\r\n" + ok,
        "an overlong chunk size": post + b"Transfer-Encoding: chunked\r\n\r\n" + b"F" * 40 + b"\r\n" + ok,
        "a negative chunk": post + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
        "a chunk size that is none": post + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "an extension of 1 MB": post
        + b"Transfer-Encoding: chunked\r\n\r\nf;"
        + b"a" * MB
        + b"\r\n"
        + ok
        + b"\r\n0\r\n\r\n",
        "10,000 trailers": post
        + b"Transfer-Encoding: chunked\r\n\r\nf\r\n"
        + ok
        + b"\r\n0\r\n"
        + b"X: 1\r\n" * 10_000
        + b"\r\n",
        "100,000 chunks of a byte": post
        + b"Transfer-Encoding: chunked\r\n\r\n"
        + b"1\r\n \r\n" * 100_000
        + b"0\r\n\r\n",
        "gzip said, none sent": post + b"Content-Encoding: gzip\r\nContent-Length: 15\r\n\r\n" + ok,
        "transfer encoding gzip": post + b"Transfer-Encoding: gzip\r\n\r\n" + ok,
        "transfer encoding xchunked": post + b"Transfer-Encoding: xchunked\r\nContent-Length: 15\r\n\r\n" + ok,
        "UTF-16 said": post.replace(b"json", b"json; charset=utf-16") + b"Content-Length: 15\r\n\r\n" + ok,
        "a type that is none": post.replace(b"application/json", b";;;/\xff") + b"Content-Length: 15\r\n\r\n" + ok,
        "GET with a body": get + b"Content-Length: 15\r\n\r\n" + ok,
        "range": get + b"Range: bytes=0-1,-1,5-2\r\n\r\n",
        "method override": get + b"X-HTTP-Method-Override: DELETE\r\n\r\n",
    }
    for name, length in (("8 kB", 8_000), ("60 kB", 60_000), ("1 MB", MB), ("10 MB", 10 * MB)):
        made[f"a path of {name}"] = b"GET /" + b"a" * length + b" HTTP/1.1\r\nHost: x\r\n" + key + b"\r\n"
        made[f"a query of {name}"] = b"GET /v1/items?q=" + b"a" * length + b" HTTP/1.1\r\nHost: x\r\n" + key + b"\r\n"
    return made


# A second request hides in the body of the first, for a server that takes the other length.
HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def smuggled(key):
    inner = b"0\r\n\r\n" + HIDDEN
    both = POST + key + b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % len(inner) + inner
    return {
        "length and chunks": both,
        "chunks and length": both.replace(
            b"Content-Length: %d\r\nTransfer-Encoding: chunked" % len(inner),
            b"Transfer-Encoding: chunked\r\nContent-Length: %d" % len(inner),
        ),
        "chunked, identity": both.replace(b"chunked", b"chunked, identity"),
        "chunked twice": both.replace(b"chunked", b"chunked\r\nTransfer-Encoding: chunked"),
        "a tab before chunked": both.replace(b": chunked", b":\tchunked"),
        "a space in the name": both.replace(b"Transfer-Encoding:", b"Transfer-Encoding :"),
        "an odd name": both.replace(b"Transfer-Encoding:", b"Transfer_Encoding:"),
        "a folded value": both.replace(b": chunked", b":\r\n chunked"),
        "length 0 twice": POST + key + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    }


PATHS = [
    "/v1/users/%00/history",
    "/v1/users/%/history",
    "/v1/users/%zz/history",
    "/v1/users/%ff%fe/history",
    "/v1/users/%2e%2e%2f%2e%2e%2fetc%2fpasswd/history",
    "/v1/users/../../etc/passwd",
    "/v1/users/%2F/history",
    "/v1/users//history",
    "/v1/users/%0d%0aX-A:%201/history",
    "/v1/users/%c0%af/history",
    "/v1/users/%ed%a0%80/history",
    "/v1/users/%25%30%30/history",
    "/v1/users/%e2%80%ae/history",
    "/v1/users/%1b%5b31m/history",
    "//",
    "/./healthz",
    "/healthz/",
    "/healthz%20",
    "/HEALTHZ",
    "/%68ealthz",
    "/healthz;a=b",
    "/healthz?",
    "/healthz?&&&==",
    "/healthz#x",
    "/v1/%75sers?q=",
    "/explorer.js/../../x",
    "/.git/config",
    "/v1/items?q=%00",
    "/v1/items?q=%",
    "/v1/items?q=%ff",
    "/v1/items?q=a&q=b",
    "/v1/items?limit=1e3",
    "/v1/items?q=&limit=99999999999999999999",
    "/v1/items?q=&limit=-1",
    "/v1/items?q=%F0%9F%8D%92",
    "/v1/users?q=%27%20OR%201=1--",
    "/v1/users/1/recommendations?k=0x10",
    "/v1/users/1/recommendations?k=NaN",
    "/v1/users/1/recommendations?k=10&k=20",
    "/v1/users/1/recommendations?filter={",
    "/v1/users/1/recommendations?filter=%7B%22must%22%3A1%7D",
    "/v1/users/1/history?limit=1001",
    "/v1/users/1/recommendations?filter=" + "%5B" * 2000,
    "/v1/items/1/similar?k=1e9",
    "/v1/items/1/similar?by=%00",
    "/v1/items?" + "a=b&" * 2000,
]


def bodies(user):
    """Names and bodies of POST /v1/recommend; a body is text or bytes."""
    key = json.dumps(user)
    condition = '{"key": "genre", "match": {"value": "Drama"}}'
    filtered = '{"users": [%s], "filter": %s}'
    made = {
        "100,000 arrays": "[" * 100_000,
        "100,000 arrays, closed": "[" * 100_000 + "]" * 100_000,
        "100,000 objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
        "users nested": '{"users":' + "[" * 100_000 + "]" * 100_000 + "}",
        "a filter nested": filtered % (key, '{"must":[' * 50_000 + "]}" * 50_000),
        "an unknown field nested": '{"users": [%s], "x": %s}' % (key, "[" * 100_000 + "]" * 100_000),
        "10,000 conditions": filtered % (key, '{"must": [%s]}' % ",".join([condition] * 10_000)),
        "10,000 values": filtered
        % (key, '{"must": [{"key": "genre", "match": {"any": [%s]}}]}' % ",".join(['"a"'] * 10_000)),
        "a condition that is empty": filtered % (key, '{"must": [{}]}'),
        "a range of NaN": filtered % (key, '{"must": [{"key": "year", "range": {"gte": NaN}}]}'),
        "a range of 1e999": filtered % (key, '{"must": [{"key": "year", "range": {"gte": 1e999, "lt": -1e999}}]}'),
        "a key twice": '{"users": [%s], "users": ["2"]}' % key,
        "k twice": '{"users": [%s], "k": 1, "k": 2}' % key,
        "a byte order mark": b"\xef\xbb\xbf" + b'{"users": ["1"]}',
        "UTF-16": '{"users": ["1"]}'.encode("utf-16"),
        "bad UTF-8": b'{"users": ["\xff\xfe\x80"]}',
        "overlong UTF-8": b'{"users": ["\xc0\xaf"]}',
        "half a surrogate": r'{"users": ["\ud800"]}',
        "null": r'{"users": ["\u0000"]}',
        "control characters": r'{"users": ["\u0001\u001b[31m\r\n\t"]}',
        "raw control characters": b'{"users": ["a\x00b\x1b\n"]}',
        "turned text": '{"users": ["\u202e\u200b\ufeff"]}',
        "an id of 900 kB": json.dumps({"users": ["x" * 900_000]}),
        "an empty id": '{"users": [""]}',
        "a key of 900 kB": json.dumps({"x" * 900_000: 1}),
        "900 kB of spaces": " " * 900_000 + '{"users": [%s]}' % key,
        "900 kB of backslashes": '{"users": ["' + "\\\\" * 450_000 + '"]}',
        "100,000 fields": json.dumps({f"f{n}": n for n in range(50_000)}),
        "256 times one user": json.dumps({"users": [user] * 256, "k": 1}),
        "10,000 unknown allowed": json.dumps({"users": [user], "allow": [f"{n}" * 8 for n in range(10_000)]}),
        "1,000 unknown items": json.dumps({"history": [f"unknown {n}" for n in range(1000)]}),
        "1,000 times one item": json.dumps({"history": ["1"] * 1000}),
        "a comment": '{"users": [%s] /* x */}' % key,
        "a comma more": '{"users": [%s],}' % key,
        "single quotes": "{'users': ['1']}",
        "prototype": '{"users": [%s], "__proto__": {"k": 1}}' % key,
        "nothing": "",
        "null alone": "null",
        "a number": "1",
        "spaces": "   ",
    }
    numbers = (
        "NaN",
        "Infinity",
        "-Infinity",
        "-0",
        "0.0",
        "1e400",
        "-1e400",
        "1e-400",
        "18446744073709551616",
        "9" * 100_000,
        "0x10",
        "010",
        "1e1",
        "10.0",
        "+1",
        "1_000",
        "true",
        "null",
        '"1e3"',
        "{}",
        "[10]",
    )
    made |= {f"k {number[:24]}": '{"users": [%s], "k": %s}' % (key, number) for number in numbers}
    return made


def mutated(user, n, seed=5):
    """Bodies with some bytes changed, left out, doubled or put in."""
    rng = random.Random(seed)
    whole = [
        json.dumps(body).encode()
        for body in (
            {
                "users": [user, user],
                "k": 10,
                "with_seen": False,
                "include_cold": True,
                "allow": ["1", "2"],
                "deny": ["3"],
            },
            {
                "history": ["1", "2"],
                "k": 3,
                "filter": {
                    "must": [{"key": "genre", "match": {"any": ["Drama"]}}],
                    "must_not": [{"key": "year", "range": {"gte": 1990}}],
                },
            },
        )
    ]
    for _ in range(n):
        body = bytearray(rng.choice(whole))
        for _ in range(rng.randint(1, 6)):
            place = rng.randrange(len(body))
            change = rng.randrange(4)
            if change == 0:
                body[place] = rng.randrange(256)
            elif change == 1:
                del body[place : place + rng.randint(1, 8)]
            elif change == 2:
                body[place:place] = body[place : place + rng.randint(1, 20)]
            else:
                body[place:place] = rng.choice([b"[", b"{", b'"', b"\\u", b"1e999", b"\0", b",", b"null", b"\xf0\x9f"])
            body = body or bytearray(b" ")
        yield bytes(body)
