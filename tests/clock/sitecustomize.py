"""Every Python process of a test run under another date sets its clock by this, the shop's and the simulator's too.

Python imports a module of this name when it starts, if its folder is in PYTHONPATH. The clock runs on from `TEST_DATE`;
monotonic clocks, the databases' and the browser's stay as they are.
"""

import os
from datetime import UTC, datetime, timedelta

if "TEST_DATE" in os.environ:
    import time_machine

    _now = datetime.now(UTC)
    if "TEST_CLOCK_AHEAD" not in os.environ:  # the first process measures it; those that it starts share its clock
        _date = datetime.fromisoformat(os.environ["TEST_DATE"]).replace(tzinfo=UTC)
        os.environ["TEST_CLOCK_AHEAD"] = str((_date - _now).total_seconds())
    time_machine.travel(_now + timedelta(seconds=float(os.environ["TEST_CLOCK_AHEAD"])), tick=True).start()
