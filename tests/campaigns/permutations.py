"""Random orders of Stripe's events, each event up to five times, in parallel pairs: the end depends on the set alone."""

import os
import random
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import batched, permutations

from tests.campaigns import oracle, stories
from tests.campaigns.databases import KINDS, set_stock
from tests.campaigns.inside import Inside, shop
from tests.campaigns.report import Result
from tests.campaigns.stories import Tale
from tests.events import Event
from tests.factories import CUBES, WHEY

NAME = "permutations"
