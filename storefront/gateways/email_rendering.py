"""Writing a mail: templates in the recipient's language, as text and HTML."""

import re
from collections.abc import Mapping
from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale

from storefront.gateways.email import RenderedEmail

_ENDING = ".subject.txt"
_EMPTY_LINES = re.compile(r"\n{3,}")


def templates() -> list[str]:
    """Return the names of the mails that the shop can write."""
    files = current_app.jinja_env.list_templates(filter_func=lambda path: path.startswith("mail/"))
    return sorted(path.removeprefix("mail/").removesuffix(_ENDING) for path in files if path.endswith(_ENDING))


def compose(
    template: str,
    language: str,
    *,
    to: str,
    sender: str,
    message_id: str,
    context: Mapping[str, Any],
) -> RenderedEmail:
    """Return the finished email; outside of a request too, because that is where email is sent."""
    # An own request context, so that the language is this email's and never that of the current request.
    with current_app.test_request_context("/"), force_locale(language):
        return RenderedEmail(
            message_id=message_id,
            sender=sender,
            to=to,
            subject=" ".join(render_template(f"mail/{template}.subject.txt", **context).split()),
            text=_EMPTY_LINES.sub("\n\n", render_template(f"mail/{template}.txt", **context)),
            html=render_template(f"mail/{template}.html", language=language, **context),
        )
