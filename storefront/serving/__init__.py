"""How gunicorn serves the shop: an admission queue and a threaded worker class, both optional.

`ADMISSION_QUEUE=off` serves the shop with gunicorn's own `gthread` worker instead. What the two modules gain,
measured in one sitting, in the same minutes (two workers, two cores, Redis on):

    server                          paid webhook /s, p95   create-session /s   catalogue p99 beside   memory, idle
                                                                               a Stripe of 300 ms
    admission queue                 144, 162 ms            76                  22 → 83 ms             115 MiB
    gthread 32, pool of 3           88, 340 ms             60                  12 → 935 ms            115 MiB
    gevent, pool of 3               101, 311 ms            63                  9 → 550 ms             209 MiB
    Granian WSGI 24, pool of 3      127, 209 ms            48                  16 → 1 022 ms          208 MiB

The reasons are in docs/adr/0012-admission-queue.md and docs/adr/0014-a-thread-sees-whole-requests-only.md.
"""
