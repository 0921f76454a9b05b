# `make` alone shows what there is. Everything lives in .venv; no other tool is needed than Python 3.11 and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
FLASK := $(BIN)/flask --app wsgi
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development
LIGHTHOUSE := $(VENV)/lighthouse/node_modules/.bin/lighthouse
TRANSLATIONS := $(patsubst %.po,%.mo,$(wildcard storefront/translations/*/LC_MESSAGES/*.po))
READY := $(RUNTIME) $(TRANSLATIONS)
# Processes that run tests at the same time; JOBS=0 for none besides pytest itself, as a debugger wants it.
# One more than there are cores: a test that waits for a browser or a server leaves its core to another.
JOBS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
PYTEST = $(BIN)/pytest --numprocesses $(JOBS) --maxprocesses 4 --dist worksteal
# `make test`: no browser and no other process, fewer examples, and PostgreSQL for what works otherwise there only.
QUICK_TESTS := tests/unit tests/services tests/cli tests/web tests/api tests/webhooks \
	tests/test_architecture.py tests/test_checks.py tests/test_containers.py tests/test_event_codes.py tests/test_parity.py \
	tests/test_interfaces.py tests/test_states.py tests/test_ux.py
QUICK_MARKS := not (browser or concurrency or contract or demo or redis) and (not postgres or dialects)
# What reads the clock: services, pages, commands and events; of the browser's tests those that are marked `dates`.
DATED := tests/services tests/cli tests/web tests/webhooks tests/e2e --ignore tests/web/test_worst_text.py
# Where `make mutants` works, so that nobody's files change under them.
MUTANTS ?= $(or $(TMPDIR),/tmp)/shop-mutants
# The lists are complete, so pip has nothing to resolve: --no-deps also spares it a newer release it may not have the hash of.
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes

.DEFAULT_GOAL := help
.PHONY: test-all test-dates bench coverage mutants fuzz openapi proofs help demo demo-reset run serve worker migrate test screenshots jobs lighthouse campaigns check lint messages lock

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## the whole shop on this machine: no account, no key; Ctrl-C stops it
	@exec $(BIN)/python -m storefront.demo --parent-pid $$PPID

demo-reset: $(READY) ## forget the demonstration's orders, stock, logins and mail
	@$(BIN)/python -m storefront.demo --reset

run: $(READY) ## the development server, which reloads; settings from .env
	@exec $(FLASK) run --debug --port $${PORT:-5000}

serve: $(READY) ## the shop in production, from the environment or .env
	@exec $(BIN)/gunicorn --config gunicorn.conf.py wsgi:app

worker: $(READY) ## what sends mail and tidies up, beside `make serve`
	@exec $(BIN)/python -m storefront.worker

migrate: $(READY) ## bring the database's tables up to date
	@$(FLASK) db upgrade
	@echo "The tables are up to date."

test: $(DEVELOPMENT) $(TRANSLATIONS) ## units, services and interfaces, in five minutes at most; ARGS="-k coupon" for some
	@$(PYTEST) --hypothesis-profile dev -m "$(QUICK_MARKS)" --ignore-glob '*fuzz*' $(QUICK_TESTS) $(ARGS)

test-all: $(DEVELOPMENT) $(TRANSLATIONS) ## all tests: browsers, processes, races and both databases, too
	@$(PYTEST) $(ARGS)

test-dates: $(DEVELOPMENT) $(TRANSLATIONS) ## the tests of what depends on today, under another date; DATE="2028-02-29 15:00" in UTC
	@date="$(DATE)"; date="$${date:-$$($(BIN)/python -m tests.dates)}"; \
	echo "As if it were $$date UTC; again by: make test-dates DATE='$$date'"; \
	TEST_DATE="$$date" PYTHONPATH=tests/clock $(PYTEST) \
		-m "not postgres and (dates or not browser)" $(DATED) $(ARGS)

coverage: $(DEVELOPMENT) $(TRANSLATIONS) ## every line and branch of money, stock, states, events and mail
	@$(PYTEST) --cov --cov-report=term --cov-fail-under=100 \
		tests/unit tests/services tests/webhooks tests/cli tests/concurrency tests/contract tests/api tests/web $(ARGS)

mutants: $(DEVELOPMENT) ## small mistakes in money, stock and states, in a copy: do the tests notice? ARGS="storefront.money*"
	@rm -rf $(MUTANTS) && mkdir -p $(MUTANTS)
	@git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -xf - -C $(MUTANTS)
	@cd $(MUTANTS) && TEST_SQLITE_TEMPLATE=$(MUTANTS)/template.sqlite nice -n 10 \
		$(abspath $(BIN))/mutmut run --max-children 2 $(ARGS) > mutmut.log 2>&1 || tail -n 30 mutmut.log
	@$(BIN)/python -m tests.mutants $(MUTANTS)

fuzz: $(DEVELOPMENT) $(TRANSLATIONS) ## fifty thousand odd requests to the JSON API, five thousand odd events of Stripe
	@FUZZ_CASES=$${FUZZ_CASES:-50000} FUZZ_EVENTS=$${FUZZ_EVENTS:-5000} \
		$(BIN)/pytest -s tests/api/test_fuzz.py tests/webhooks/test_signed_fuzz.py $(ARGS)

openapi: $(READY) ## write docs/openapi.json as the code describes it now
	@FLASK_SKIP_DOTENV=1 SHOP_PROFILE=test $(FLASK) openapi-write

proofs: $(DEVELOPMENT) $(TRANSLATIONS) ## the small dose of every proof of docs/reliability.md
	@$(BIN)/pytest tests/campaigns $(ARGS)

campaigns: $(DEVELOPMENT) ## the full dose of every proof of docs/reliability.md; takes a night
	@$(BIN)/python -m tests.campaigns all --full $(ARGS)

campaign-%: $(DEVELOPMENT) # one of them, as in `make campaign-buyers`; ARGS="--seed 7" repeats a run
	@$(BIN)/python -m tests.campaigns $* --full $(ARGS)

bench: $(RUNTIME) $(TRANSLATIONS) ## how fast every step is, beside what bare Flask can do; N=1000 products
	@$(BIN)/python -m benchmarks all

bench-endurance: $(DEVELOPMENT) $(TRANSLATIONS) # half an hour near the maximum with restarts, then three times the maximum; MINUTES=30
	@$(BIN)/python -m benchmarks endurance

bench-%: $(RUNTIME) $(TRANSLATIONS) # bench-growth, bench-flash, bench-stripe-latency
	@$(BIN)/python -m benchmarks $*

screenshots: $(DEVELOPMENT) $(TRANSLATIONS) ## pictures of the pages into docs/screenshots, with chromium
	@$(BIN)/python -m tests.e2e.screenshots

jobs: $(DEVELOPMENT) $(TRANSLATIONS) ## do and measure the jobs of docs/back-office.md; ARGS="--pictures /tmp/p", ARGS=coupon
	@$(BIN)/python -m tests.e2e.jobs $(ARGS)

lighthouse: $(DEVELOPMENT) $(TRANSLATIONS) $(LIGHTHOUSE) ## Lighthouse for the pages of a purchase, on a phone; needs npm
	@$(BIN)/python -m tests.e2e.lighthouse $(LIGHTHOUSE)

check: $(DEVELOPMENT) ## everything that reads the code without running it
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint templates stripe_simulator --lint --quiet
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive storefront stripe_simulator config.py wsgi.py

lint: $(DEVELOPMENT) ## mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: $(RUNTIME) ## collect new and changed texts for translation
	@FLASK_SKIP_DOTENV=1 SHOP_PROFILE=test $(FLASK) i18n extract

lock: $(VENV)/bin/uv ## pin requirements*.in into requirements*.txt, with hashes
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 requirements-dev.in -o requirements-dev.txt

# The stamps tell make that an installation is done, so that a second start installs nothing.
$(RUNTIME): requirements.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("FitAiid needs Python 3.11 or newer and $(PYTHON) is %d.%d: name a newer one, as in make demo PYTHON=python3.11" % sys.version_info[:2])'
	@echo "Installing into $(VENV), which takes a minute at most and happens once."
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt $(RUNTIME)
	@echo "Installing what tests and checks need."
	@$(PIP) -r requirements-dev.txt
	@touch $@

$(LIGHTHOUSE): | $(RUNTIME)
	@npm install --silent --no-audit --no-fund --prefix $(VENV)/lighthouse lighthouse@12.8.2

$(VENV)/bin/uv: $(RUNTIME)
	@$(BIN)/pip install --quiet --disable-pip-version-check uv

%.mo: %.po | $(RUNTIME)
	@FLASK_SKIP_DOTENV=1 SHOP_PROFILE=test $(FLASK) i18n compile
