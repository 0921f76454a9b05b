"""A browser without JavaScript: it follows links, fills in the forms that a page really has, and sends them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


@dataclass
class FormSeen:
    """One form of a page, with what its fields hold."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Collects forms, headings and texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FormSeen] = []
        self.by_id: dict[str, FormSeen] = {}
        self.open: FormSeen | None = None
        self.select: str | None = None
        self.area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        seen = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = FormSeen(seen.get("action", ""), seen.get("method", "get"))
            self.forms.append(self.open)
        elif self.open is None or "disabled" in seen:
            return
        elif tag == "input" and seen.get("type") in {"radio", "checkbox"}:
            if "checked" in seen:
                self.open.fields[seen["name"]] = seen.get("value", "on")
        elif tag == "input":
            self.open.fields[seen["name"]] = seen.get("value", "")
        elif tag == "select":
            self.select = seen["name"]
        elif tag == "option" and self.select and "selected" in seen:
            self.open.fields[self.select] = seen["value"]
        elif tag == "textarea":
            self.area = seen["name"]
            self.open.fields[self.area] = ""

    def handle_data(self, data: str) -> None:
        if self.open and self.area:
            self.open.fields[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None


class Browser:
    """One person's browser; `page` is the last answer."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.page: TestResponse

    def get(self, path: str, **headers: str) -> TestResponse:
        """Open a page, following redirects of the shop."""
        self.page = self.client.get(path, headers=headers)
        return self._follow()

    def send(self, action: str, *, follow: bool = True, **values: str) -> TestResponse:
        """Fill in the form of this page whose address starts so, and send it."""
        form = self.form(action)
        self.page = self.client.post(form.action, data=form.fields | values)
        return self._follow() if follow else self.page

    def forms(self) -> list[FormSeen]:
        """Return the forms of this page."""
        reader = _Reader()
        reader.feed(self.text)
        return reader.forms

    def form(self, action: str) -> FormSeen:
        """Return a form of this page."""
        found = [form for form in self.forms() if form.action.startswith(action)]
        assert found, f"no form {action} on this page: {[form.action for form in self.forms()]}"
        return found[0]

    @property
    def text(self) -> str:
        """Return the page's source."""
        return self.page.get_data(as_text=True)

    @property
    def title(self) -> str:
        """Return the page's title."""
        return self.text.split("<title>")[1].split("</title>")[0]

    def _follow(self) -> TestResponse:
        while self.page.status_code == 303 and not urlsplit(self.page.location).netloc:
            self.page = self.client.get(self.page.location)
        return self.page

    def add(self, slug: str, quantity: int = 1) -> None:
        """Put a product into the cart."""
        self.get(f"/products/{slug}")
        assert self.send("/cart/items", quantity=str(quantity)).status_code == 200

    def fill_shipping(self, **changes: str) -> TestResponse:
        """Fill in the delivery page as somebody in Medellín would."""
        self.get("/checkout/shipping")
        typed = {
            "email": "ana@example.com",
            "full_name": "Ana María Gómez Ruiz",
            "phone": "300 123 4567",
            "department": "05",
            "city": "medellin",
            "street": "cra 7 12 34",
        }
        return self.send("/checkout/shipping", **typed | changes)

    def pay(self, **changes: str) -> TestResponse:
        """Press the pay button of the review page."""
        return self.send("/checkout/review", follow=False, **changes)
