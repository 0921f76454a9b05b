"""The shop with a page that answers when the file of `BLOCKED_UNTIL` appears, and occupies a slot till then."""

import os
import time
from pathlib import Path

from storefront import create_app

app = create_app()


@app.route("/blocked")
def blocked() -> str:
    """Occupy a thread and a slot of the admission queue."""
    while not Path(os.environ["BLOCKED_UNTIL"]).exists():
        time.sleep(0.02)
    return "free"
