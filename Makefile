# From a fresh clone: `make demo` or `make test`. Needed: Python 3.11 or later, make, git.

BIN       := .venv/bin
INSTALLED := .venv/.installed
PYTHON    ?= python3
WORKERS   ?= 2

# An add-on counts once it has a package. Ours are installed; examples are only checked here, for
# their tests install them as a third party would.
OURS     := $(wildcard core/dougong/__init__.py addons/*/dougong_*/__init__.py)
MEMBERS  := $(patsubst %/,%,$(dir $(patsubst %/__init__.py,%,$(OURS))))
PACKAGES := $(patsubst %/__init__.py,%,$(OURS) $(wildcard examples/*/dougong_*/__init__.py))
FOLDERS  := $(patsubst %/,%,$(dir $(PACKAGES)))

empty :=
space := $(empty) $(empty)
# Keep the reports of checks that run side by side apart, where this make can.
SYNC  := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

# The pinned versions are the ones we mean: no remarks about newer ones.
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS = 1
# Commands start three times as fast when Python may keep what it has compiled.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow fuzz fuzz-oracle fuzz-worlds fuzz-lifecycle faults plants audit schemathesis bench-access bench-hostile bench-import bench-install bench-orders bench-reads bench-sign-in bench-start bench-steps bench-stock lint lint-ruff lint-format lint-mypy lint-pyright lint-imports format lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## create .venv and install everything, pinned and hashed

$(INSTALLED): requirements.lock $(addsuffix /pyproject.toml,$(MEMBERS))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Dougong needs Python 3.11 or later; $(PYTHON) is older. Try: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
		{ echo "$(PYTHON) cannot create a virtual environment: install its venv module (Debian: python3-venv)." >&2; exit 1; }
	@echo "Installing the pinned requirements …"
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-index --no-build-isolation $(addprefix --editable ,$(MEMBERS))
	@touch $@

demo: setup ## serve the demo company on 127.0.0.1:8000
	@exec $(BIN)/dougong demo examples/northwind

test: lint ## every check, and every test but the slow ones
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "not slow"

test-slow: setup ## the tests that install, remove, kill and serve by the dozen (tests/conftest.py)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m slow

MINUTES ?= 10

# What it finds is left in .cache/fuzz; SEED=… starts where another run did.
# WHAT=oracle compares the planner with plain resolvers, WHAT=worlds two worlds with each other,
# WHAT=lifecycle what installing, removing and restoring leave with what they should.
WHAT ?= oracle worlds lifecycle
fuzz: setup ## random requests and installs for MINUTES each: WHAT="oracle worlds lifecycle"
	@status=0; for what in $(WHAT); do $(MAKE) --no-print-directory fuzz-$$what || status=1; done; exit $$status

fuzz-oracle: setup
	$(BIN)/python -m dougong.testing.oracle --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) \
		--summary .cache/fuzz.md $(notdir $(filter addons/%,$(MEMBERS)))

fuzz-worlds: setup
	@$(BIN)/python -m dougong.testing.two_worlds --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) \
		$(notdir $(filter addons/%,$(MEMBERS))); \
	status=$$?; PYTHONPATH=tests/core/writing $(BIN)/python -m dougong.testing.two_worlds \
		--minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) \
		--company guarded_company:guarded_company && exit $$status

fuzz-lifecycle: setup
	$(BIN)/python -m dougong.testing.life_cycles --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) \
		$(notdir $(filter addons/%,$(MEMBERS)))

faults: setup ## add-ons with one planted fault each, all of them: make test tries a dozen
	DOUGONG_TEST_ALL_FAULTS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup tests/composition/test_faulty_addons.py

# What they are, and what was found: benchmarks/planted-leaks.md. An hour; PLANTS="03 07" takes some.
plants: setup ## leaks planted in copies of the core: how soon two worlds find each
	@cd benchmarks && PYTHONPATH=../tests/core/writing exec ../$(BIN)/python -m planted_leaks $(PLANTS)

# A plain `make bench-reads` takes about a quarter of an hour; what it measures: benchmarks/README.md.
bench-reads: setup ## how fast reads are, beside others: ROUNDS=5 SECONDS=2 QUERIES=Q1,Q3 WRITE=1
	@cd benchmarks && exec ../$(BIN)/python -m reads --rounds $(or $(ROUNDS),5) \
		--seconds $(or $(SECONDS),2) $(if $(QUERIES),--queries $(QUERIES)) \
		$(if $(SERVERS),--servers $(SERVERS)) $(if $(WRITE),--write)

bench-access: setup ## what row rules cost: ROUNDS=15 SECONDS=0.7 WRITE=1
	@cd benchmarks && exec ../$(BIN)/python -m access --rounds $(or $(ROUNDS),15) \
		--seconds $(or $(SECONDS),0.7) $(if $(WRITE),--write)

# What they measure: benchmarks/README.md.
bench-install: setup ## installs under load, and on a million rows: CYCLES=50 ADDONS=12 ROWS=1000000 WRITE=1
	@cd benchmarks && exec ../$(BIN)/python -m installs install --cycles $(or $(CYCLES),50) \
		--addons $(or $(ADDONS),12) --rows $(or $(ROWS),1000000) $(if $(WRITE),--write)

bench-import: setup ## order lines from CSV beside a COPY: ROWS=500000 WRITE=1 WHOLE=1 (all or nothing)
	@$(BIN)/python benchmarks/imports.py --rows $(or $(ROWS),500000) \
		$(if $(WHOLE),--all-or-nothing) $(if $(WRITE),--write)

# Tryton is installed into .cache/bench-orders the first time; ALONE=1 leaves it out.
bench-orders: setup ## orders of five lines by 8 clients, beside SQLAlchemy by hand and Tryton: ORDERS=1000 WRITE=1
	@cd benchmarks && exec ../$(BIN)/python -m orders --orders $(or $(ORDERS),1000) \
		$(if $(ALONE),--alone) $(if $(WRITE),--write)

bench-start: setup ## from start to the first answer, and 200 add-ons: ADDONS=200 ROUNDS=5 WRITE=1
	@cd benchmarks && exec ../$(BIN)/python -m installs start --rounds $(or $(ROUNDS),5) \
		--addons $(or $(ADDONS),200) $(if $(WRITE),--write)

bench-stock: setup ## orders that reserve beside Tryton, waiters, stock at a date: ORDERS=1000 MOVES=5000000 WRITE=1
	@cd benchmarks && exec ../$(BIN)/python -m stock --orders $(or $(ORDERS),1000) \
		--moves $(or $(MOVES),5000000) $(if $(ALONE),--alone) $(if $(WRITE),--write)

bench-steps: setup ## a step beside SQL by hand, and tasks among 10,000 checklists: ROUNDS=9 CHECKLISTS=10000 WRITE=1
	@$(BIN)/python benchmarks/steps.py --rounds $(or $(ROUNDS),9) \
		--checklists $(or $(CHECKLISTS),10000) $(if $(WRITE),--write)

audit: setup ## judges of the API from npm, against the demo company
	@$(BIN)/python -m tools.audit

# An environment of its own: its requirements are not ours.
.venv-schemathesis/.installed: tools/schemathesis/requirements.txt
	@test -x .venv-schemathesis/bin/python || $(PYTHON) -m venv .venv-schemathesis
	@.venv-schemathesis/bin/python -m pip install --quiet --requirement $<
	@touch $@

schemathesis: setup .venv-schemathesis/.installed ## random documents for every field of the API
	@$(BIN)/python -m tools.schemathesis_runs

bench-hostile: setup ## what hostile documents cost until they are refused
	@$(BIN)/python benchmarks/hostile.py benchmarks/results/hostile.md

# What it measures: benchmarks/README.md.
bench-sign-in: setup ## 1,000 wrong logins a minute while others read: ROUNDS=7 SECONDS=6 PROCESSES=1
	@$(BIN)/python benchmarks/sign_in.py --rounds $(or $(ROUNDS),7) --seconds $(or $(SECONDS),6) \
		--workers $(or $(PROCESSES),1) $(if $(WRITE),benchmarks/results/sign-in.md)

lint: setup ## the static checks, side by side
	@$(MAKE) --no-print-directory -j $(WORKERS) -k $(SYNC) lint-pyright lint-mypy lint-ruff lint-format lint-imports

lint-ruff: setup
	$(BIN)/ruff check --quiet

lint-format: setup
	$(BIN)/ruff format --check --quiet

# Each folder that holds a package is a root of its own: `crm` is not a part of `addons`.
lint-mypy: setup
	MYPYPATH=$(subst $(space),:,$(FOLDERS)) $(BIN)/mypy --no-error-summary $(PACKAGES) tools

lint-pyright: setup
	$(BIN)/pyright --warnings

lint-imports: setup
	$(BIN)/python tools/import_rules.py

format: setup ## format the code, and mend what ruff can mend
	$(BIN)/ruff check --fix --quiet --exit-zero
	$(BIN)/ruff format --quiet

# Without a uv.lock from an earlier run, versions move to the newest allowed; so they do with UPGRADE=1.
lock: setup ## resolve the requirements again
	$(BIN)/uv lock --quiet $(if $(UPGRADE),--upgrade)
	$(BIN)/uv export --quiet --frozen --all-packages --all-groups --all-extras --no-emit-workspace \
		--no-header --no-annotate --format requirements-txt --output-file requirements.lock

clean: ## remove the environment and the caches; the demo's data in .dougong stays
	rm -rf .venv .cache .hypothesis dist core/dist addons/*/dist examples/*/dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
