"""The session cookie: on machines whose clocks differ by a few seconds, and never on what others may keep."""

from datetime import UTC, timedelta
from typing import Any

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from storefront import clock

LEEWAY = timedelta(seconds=10)
"""How far ahead the clock of the machine may be that signed a cookie."""


class LenientSigner(TimestampSigner):
    """itsdangerous' signer, which also takes what was signed a moment ahead of this machine's clock."""

    def unsign(self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        """Return the value, or raise `BadSignature`."""
        try:
            return super().unsign(signed_value, max_age, return_timestamp)  # type: ignore[call-overload]
        except SignatureExpired as error:
            now = clock.now()
            if error.date_signed is None or not now < error.date_signed.astimezone(UTC) <= now + LEEWAY:
                raise
            return super().unsign(signed_value, None, return_timestamp)  # type: ignore[call-overload]


class SessionCookie(SecureCookieSessionInterface):
    """Flask's own sessions with that signer: else a visitor of the other machine would lose cart and login.

    Flask renews the cookie with every answer. A cache between us and others would hand it on together with a picture.
    """

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs and reads the cookie."""
        serializer = super().get_signing_serializer(app)
        if serializer is not None:
            serializer.signer = LenientSigner
        return serializer

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie, unless a cache that others share may keep the answer, which then does not vary by it.

        What leaves the shop always says who may keep it; an answer that says nothing is none of the shop's, such as
        the one in which Flask's test client plants a session.
        """
        cache_control = response.cache_control
        if not cache_control or cache_control.no_store or cache_control.private:
            super().save_session(app, session, response)
