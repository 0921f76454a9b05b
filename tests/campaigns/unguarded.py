"""The shop as a WSGI application without the guards that `UNGUARDED` names, for negative controls only."""

import os

from storefront import create_app
from tests.campaigns import guards

guards.remove(*os.environ["UNGUARDED"].split(","))

app = create_app()
