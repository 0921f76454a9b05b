"""The shop with a page that answers when the file of `BLOCKED_UNTIL` appears; it needs a turn all the while."""

import os
import time
from pathlib import Path

from storefront import create_app

app = create_app()


@app.route("/blocked")
def blocked() -> str:
    """Hold a thread and a turn."""
    while not Path(os.environ["BLOCKED_UNTIL"]).exists():
        time.sleep(0.02)
    return "free"
