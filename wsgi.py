"""The shop as a WSGI application, set up from the environment."""

from storefront import create_app

app = create_app()
