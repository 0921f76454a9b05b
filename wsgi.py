"""The shop as a WSGI application, set up from the environment."""

from storefront import create_app
from storefront.turns import Turns

app = create_app()
turns = Turns(app.wsgi_app)
app.wsgi_app = turns  # type: ignore[method-assign]
