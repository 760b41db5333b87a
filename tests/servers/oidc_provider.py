"""A small OpenID Connect provider, over real HTTP: codes once, PKCE looked at, tokens signed; it lies as a test asks."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from monitor.people.sign_on import challenge_of

CLIENT, SECRET = "giam-sat", "bí mật: của khách"
Claims = dict[str, Any]


@dataclass(frozen=True)
class Key:
    algorithm: str
    private: Any
    public: dict[str, Any]


@cache
def key_of(algorithm: str) -> Key:
    if algorithm == "RS256":
        rsa = generate_rsa_key(65_537, 2_048)
        return Key(algorithm, rsa, json.loads(RSAAlgorithm.to_jwk(rsa.public_key())))
    if algorithm == "ES256":
        curve = generate_private_key(SECP256R1())
        return Key(algorithm, curve, json.loads(ECAlgorithm.to_jwk(curve.public_key())))
    edwards = Ed25519PrivateKey.generate()
    return Key(algorithm, edwards, json.loads(OKPAlgorithm.to_jwk(edwards.public_key())))


@dataclass
class Provider:
    now: Callable[[], float]
    url: str = ""
    algorithm: str = "ES256"
    kid: str = "k1"
    user: str = "hoa"
    basic: bool = True
    change: Callable[[Claims], Claims] = lambda claims: claims
    sign: Callable[["Provider", Claims], str] | None = None
    document: dict[str, Any] = field(default_factory=dict)
    is_down: bool = False
    keys_asked: int = 0
    tokens_asked: int = 0
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    """What a client did that no client may do."""

    def signed(self, claims: Claims, *, algorithm: str = "", kid: str | None = None) -> str:
        key = key_of(algorithm or self.algorithm)
        headers = {} if kid == "" else {"kid": kid or self.kid}
        return jwt.encode(claims, key.private, algorithm=key.algorithm, headers=headers)

    def came_back(self, asked: dict[str, str]) -> str:
        """Sign somebody in; return the address the browser is sent back to."""
        code = f"ma-{len(self.codes)}"
        self.codes[code] = asked
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    async def discovery(self, _request: web.Request) -> web.Response:
        if self.is_down:
            raise web.HTTPServiceUnavailable
        document = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": [
                "client_secret_basic" if self.basic else "client_secret_post"
            ],
        }
        return web.json_response(document | self.document)

    async def keys(self, _request: web.Request) -> web.Response:
        self.keys_asked += 1
        key = key_of(self.algorithm)
        public = {**key.public, "kid": self.kid, "use": "sig", "alg": key.algorithm}
        other = {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 32).decode(), "kid": self.kid}
        return web.json_response({"keys": [other, public, {"kty": "nonsense"}, 7]})

    async def token(self, request: web.Request) -> web.Response:
        self.tokens_asked += 1
        form = {name: str(value) for name, value in (await request.post()).items()}
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None:
            return web.json_response({"error": "invalid_grant"}, status=400)
        if challenge_of(form["code_verifier"]) != asked["code_challenge"]:
            self.wrong.append("the verifier")
        if form["redirect_uri"] != asked["redirect_uri"]:
            self.wrong.append("the redirect address")
        if not self._is_client(request, form):
            return web.json_response({"error": "invalid_client"}, status=401)
        now = self.now()
        claims = self.change(
            {
                "iss": self.url,
                "sub": "17",
                "aud": CLIENT,
                "iat": int(now),
                "exp": int(now) + 300,
                "nonce": asked["nonce"],
                "preferred_username": self.user,
            }
        )
        token = self.signed(claims) if self.sign is None else self.sign(self, claims)
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": token})

    def _is_client(self, request: web.Request, form: dict[str, str]) -> bool:
        if not self.basic:
            return form.get("client_secret") == SECRET
        kind, _, pair = request.headers.get("Authorization", "").partition(" ")
        expected = urlencode({"u": CLIENT})[2:] + ":" + urlencode({"p": SECRET})[2:].replace("+", "%20")
        return kind == "Basic" and base64.b64decode(pair).decode() == expected


@asynccontextmanager
async def provider(now: Callable[[], float]) -> AsyncIterator[Provider]:
    """Run one on loopback."""
    found = Provider(now)
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", found.discovery)
    app.router.add_get("/keys", found.keys)
    app.router.add_post("/token", found.token)
    async with TestServer(app) as server:
        found.url = str(server.make_url("")).rstrip("/")
        yield found
