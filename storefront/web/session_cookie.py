"""The session cookie: tolerant of clock skew between machines, and never set on responses for shared caches."""

from datetime import UTC, timedelta
from typing import Any

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from storefront import clock

LEEWAY = timedelta(seconds=10)
"""How far ahead the clock of the machine may be that signed a cookie."""


class LenientSigner(TimestampSigner):
    """itsdangerous' signer, which also accepts a time slightly ahead of this machine's clock."""

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
    """Flask's sessions with that signer: without it a request to the other machine could lose cart and login.

    Flask renews the cookie with every response; a shared cache could give it to others together with a static file.
    """

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs and reads the cookie."""
        serializer = super().get_signing_serializer(app)
        if serializer is not None:
            serializer.signer = LenientSigner
        return serializer

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie, unless a shared cache may store the response, which then does not vary by it.

        Every response of the shop has Cache-Control; one without is not the shop's, such as that in which Flask's
        test client stores a session.
        """
        cache_control = response.cache_control
        if not cache_control or cache_control.no_store or cache_control.private:
            super().save_session(app, session, response)
