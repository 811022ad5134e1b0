"""A small real OpenID Connect provider on loopback: discovery, keys, authorization code with PKCE, signed ID tokens."""

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT_ID = "prediction-monitor"
CLIENT_SECRET = "client-secret-of-a-test-0123456789"  # noqa: S105 - of nobody
KEY_SIZE = 2048


@dataclass
class Grant:
    """What a code stands for."""

    redirect_uri: str
    challenge: str
    nonce: str
    claims: dict[str, Any]


class Provider(ThreadingHTTPServer):
    """Whoever comes is `person`, without a password: it is the app that is tested."""

    daemon_threads = True

    def __init__(self, redirect_uri: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.redirect_uri = redirect_uri
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.key = RSAKey.generate_key(KEY_SIZE, {"kid": "of-the-test", "use": "sig"})
        self.signs_with = self.key  # another one: what a forger would do
        self.person: dict[str, Any] = {}
        self.changed: dict[str, Any] = {}  # claims of the next tokens that a forger would change
        self.cookie = ""  # set with the way back: to a browser, all ports of a host are one
        self.codes: dict[str, Grant] = {}
        self.handed_out = Handed()

    def id_token(self, grant: Grant) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": grant.nonce}
        header = {"alg": "RS256", "kid": "of-the-test"}
        token = jwt.encode(header, claims | grant.claims | self.changed, self.signs_with)
        self.handed_out.tokens.append(token)
        return token


@dataclass
class Handed:
    """Each is a secret that no log may hold."""

    codes: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match parts.path:
            case "/.well-known/openid-configuration":
                self._json(self._metadata())
            case "/keys":
                self._json(KeySet([self.server.key]).as_dict(private=False))
            case "/authorize":
                self._authorize(asked)
            case "/end-session" if asked.get("post_logout_redirect_uri") == self.server.redirect_uri:
                self.server.person = {}
                self._redirect(self.server.redirect_uri)
            case _:
                self._json({"error": "not found"}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._token({name: values[0] for name, values in parse_qs(body).items()})

    def _metadata(self) -> dict[str, Any]:
        issuer = self.server.issuer
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
            "end_session_endpoint": f"{issuer}/end-session",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
        }

    def _authorize(self, asked: dict[str, str]) -> None:
        fixed = {
            "client_id": CLIENT_ID,
            "redirect_uri": self.server.redirect_uri,
            "response_type": "code",
            "code_challenge_method": "S256",
        }
        wrong = [name for name, value in fixed.items() if asked.get(name) != value]
        missing = [name for name in ("state", "nonce", "code_challenge") if not asked.get(name)]
        if wrong or missing or "openid" not in asked.get("scope", "").split():
            self._json({"error": "invalid_request", "wrong": wrong, "missing": missing}, 400)
            return
        code = secrets.token_urlsafe(24)
        claims = {"sub": self.server.person.get("email", "nobody"), **self.server.person}
        grant = Grant(asked["redirect_uri"], asked["code_challenge"], asked["nonce"], claims)
        self.server.codes[code] = grant
        self.server.handed_out.codes.append(code)
        self._redirect(f"{grant.redirect_uri}?{urlencode({'code': code, 'state': asked['state']})}")

    def _token(self, asked: dict[str, str]) -> None:
        client = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if self.headers["Authorization"] != f"Basic {client}":
            self._json({"error": "invalid_client"}, 401)
            return
        grant = self.server.codes.pop(asked.get("code", ""), None)  # a code is good for once
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if not grant or grant.challenge != challenge or asked.get("redirect_uri") != grant.redirect_uri:
            self._json({"error": "invalid_grant"}, 400)
            return
        access_token = secrets.token_urlsafe(24)
        self.server.handed_out.tokens.append(access_token)
        self._json(
            {
                "access_token": access_token,
                "token_type": "Bearer",
                "expires_in": 300,
                "id_token": self.server.id_token(grant),
            }
        )

    def _json(self, content: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        if self.server.cookie:
            self.send_header("Set-Cookie", self.server.cookie)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""
