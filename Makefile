# One front door. The work is done by the 'exegesis' command; this file makes the environment
# that it needs (.venv, from the locks) and calls it. No activation, nothing global.

PYTHON ?= python3
PORT ?= 8000
FORMAT ?= text
CHAPTERS ?= 18
STOCK_CHAPTERS ?= 158
REPEAT ?= 1
MINUTES ?= 5
SINCE ?= main
WORKERS ?= auto
TESTS ?= not slow and not exhaustive
SPHINX ?= 9.0
# By files, whose tests share what they set up; the browser's, the longest, come first.
SHARED = -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# Thousands of small books are written and deleted: in memory, where it has room for them (4 GB) and runs
# programs, which containers may forbid. TMPDIR names another place.
ROOM = $(if $(TMPDIR),,$(filter 1,$(shell grep -qs ' /dev/shm .*noexec' /proc/mounts || df -Pk /dev/shm 2>/dev/null | awk 'END { print ($$4 > 4000000) }')))
PYTEST = $(if $(ROOM),TMPDIR=/dev/shm )$(BIN)/python -m pytest$(if $(ROOM), -o tmp_path_retention_policy=failed)
# Images of containers set it; without bytecode kept, every command and every kernel compiles the package anew.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# One lock for all systems and Pythons; where a release has left 3.11 behind, newer Pythons get it all the same.
AS := --quiet --universal --python-version 3.11 --custom-compile-command 'make lock' $(NEW)
PIN := $(BIN)/uv pip compile $(AS) --generate-hashes
AGE ?= 7 days
# Do all packages have what they need? What an older lock had is left over, and may not.
CHECK = $(BIN)/python -m pip --disable-pip-version-check check >$(VENV)/check.txt || \
    { cat $(VENV)/check.txt >&2; echo "remove $(VENV), and run make again" >&2; exit 2; }

.DEFAULT_GOAL := help
.PHONY: help book chapter stranger serve lab notebooks pdf check pyodide test test-all test-chapter verify-evidence lint bench feedback soak reference measure lighthouse firefox links verify audit sbom lock upgrade dist clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

book: $(VENV)/book.done ## run every chapter and build the site into _build/html
	@$(BIN)/exegesis build

chapter: $(VENV)/book.done ## run and build one chapter: make chapter SLUG=concrete
	@$(BIN)/exegesis build $(SLUG)

stranger: $(VENV)/book.done ## build a branch that a stranger wrote, in a sandbox, into _build/sandbox, and review its chapters (BRANCH=theirs)
	@test -n "$(BRANCH)" || { echo "name a branch: make stranger BRANCH=theirs" >&2; exit 2; }
	@$(BIN)/exegesis build --branch "$(BRANCH)"
	@git diff --name-only --diff-filter=AM "HEAD...$(BRANCH)" -- book/papers \
	    | sed -nE 's:^book/papers/([a-z0-9-]+)\.(md|ipynb)$$:\1:p' \
	    | while read -r slug; do $(BIN)/exegesis review "$$slug" --against HEAD --sandbox "$(BRANCH)" || exit 1; done

serve: $(VENV)/book.done ## show the book in a browser and rebuild it as you write (PORT=8000)
	@$(BIN)/exegesis serve --port $(PORT)

lab: $(VENV)/lab.done ## open the book in JupyterLab: chapters are notebooks, and a claim's cell says what became of it
	@$(BIN)/exegesis lab

notebooks: book ## put what Colab and Binder open into _build/notebooks
	@rm -rf _build/notebooks && mkdir -p _build/notebooks
	@cp _build/html/_sources/book/papers/*.ipynb book/papers/matplotlibrc _build/notebooks
	@cp requirements-chapters.lock _build/notebooks/requirements.txt

pdf: $(VENV)/pdf.done book ## print each chapter and the whole book by an installed Chromium, and offer them in the site
	@$(BIN)/exegesis pdf && $(BIN)/exegesis build

check: $(VENV)/book.done ## check records, front matters and what every chapter keeps to, running nothing
	@$(BIN)/exegesis check --format $(FORMAT)

pyodide: _build/pyodide/pyodide.mjs ## fetch Pyodide (106 MB, once), for tests and for a site that hosts it itself

test: $(VENV)/test.done lint pyodide ## run the tests, in a browser too if there is one: each kind of page, each state (TESTS="not exhaustive": the slow ones too)
	@$(PYTEST) $(SHARED) -m "$(TESTS)"

test-all: $(VENV)/test.done lint pyodide ## run these and, in the browser, every page and every chapter
	@$(PYTEST) $(SHARED)

test-chapter: $(VENV)/test.done ## test one chapter in seconds: make test-chapter SLUG=concrete
	@test -n "$(SLUG)" || { echo "name a chapter: make test-chapter SLUG=concrete" >&2; exit 2; }
	@$(BIN)/python -m pytest tests/papers/test_$(subst -,_,$(SLUG)).py tests/test_contract.py tests/test_jupytext.py \
	    -k "test_$(subst -,_,$(SLUG)).py or [$(SLUG)]"

# Sphinx 7.4 is Jupyter Book's own: there the environment of the other tests does.
NEWEST := $(if $(filter 7.4,$(SPHINX)),$(VENV)/test.done,.venv-newest/$(SPHINX)/done)
test-newest: $(NEWEST) ## run the adapter's tests on the newest Sphinx, without Jupyter Book (SPHINX=9.0, 8.2 or 7.4)
	@$(dir $(NEWEST))bin/python -m pytest -n auto -m "not exhaustive" tests/sphinxext tests/command tests/execution

verify-evidence: $(VENV)/test.done ## find the evidence of changed chapters anew, and compare (SINCE=main; minutes)
	@$(BIN)/exegesis doubt --verify --since $(SINCE)

lint: $(VENV)/test.done ## check style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy exegesis bench hatch_build.py

bench: $(VENV)/book.done ## compare with the stock command (CHAPTERS=18 STOCK_CHAPTERS=158 REPEAT=1)
	@$(BIN)/python -m bench --chapters $(CHAPTERS) --stock-chapters $(STOCK_CHAPTERS) --repeat $(REPEAT)

feedback: $(VENV)/book.done ## what an author waits for: the first build, an edit (REPEAT=1; some minutes)
	@$(BIN)/python -m bench.feedback --repeat $(REPEAT)

soak: $(VENV)/book.done ## edit, break, mend, kill and build a small book at random, and see that nothing is wrong (MINUTES=5)
	@$(BIN)/python -m bench.soak --minutes $(MINUTES)

reference: $(VENV)/test.done ## write the pages that are made from the code: what one can write and type, settings, checks, API, patches
	@$(BIN)/python -m exegesis.command.reference book/contribute

measure: $(VENV)/test.done book ## what each page weighs, by kind, and how far it moves while it loads
	@$(BIN)/python -m tests.site.weight

lighthouse: $(VENV)/test.done book _build/lighthouse/done ## ask Lighthouse for 100 (needs Node.js; not a part of the tests)
	@$(BIN)/python -m tests.site.lighthouse

firefox: $(VENV)/test.done book pyodide _build/lighthouse/done ## open and use each kind of page in an installed Firefox (needs Node.js; not a part of the tests)
	@$(BIN)/python -m tests.site.firefox

# The pages, not the sources (Sphinx's linkcheck): it does not see links in generated HTML, such as the DOI under a
# chapter's title. 401, 403 and 429 pass: publishers refuse robots, which says nothing of the page.
links: .venv-tools/done book ## follow every link of the built pages; what is broken is in _build/links.md
	@.venv-tools/bin/lychee --no-progress --include-fragments --accept '200..=299,401,403,429' \
	    --max-concurrency 8 --max-retries 3 --timeout 30 --root-dir "$$PWD/_build/html" --exclude-path '_static/' \
	    --format markdown --output _build/links.md '_build/html/**/*.html'

verify: $(VENV)/book.done ## is a published site what a clean build of its commit gives? (SITE=https://example.org/book/)
	@test -n "$(SITE)" || { echo "name a site: make verify SITE=https://example.org/book/" >&2; exit 2; }
	@$(BIN)/exegesis verify "$(SITE)"

# Each lock by itself: two may pin one package at two versions. What PyPI does not know is an error, and no pass.
audit: .venv-tools/done ## which of the pinned versions have known vulnerabilities? asks PyPI of each
	@status=0; for lock in requirements*.lock; do echo "$$lock:"; \
	    .venv-tools/bin/pip-audit --strict --disable-pip --progress-spinner off -r $$lock || status=1; done; exit $$status

sbom: .venv-tools/done ## write what the book is built with, as CycloneDX, into _build/sbom.json
	@mkdir -p _build && .venv-tools/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
	    -o _build/sbom.json requirements.lock 2>_build/sbom.txt || { cat _build/sbom.txt >&2; exit 1; }

lock: $(VENV)/lock.done ## pin what pyproject.toml asks for; what is pinned and still fits stays
	@$(PIN) pyproject.toml --extra jupyter-book --group book -o requirements.lock
	@$(PIN) pyproject.toml --extra lab -c requirements.lock -o requirements-lab.lock
	@$(PIN) pyproject.toml --extra pdf -c requirements.lock -o requirements-pdf.lock
	@$(PIN) pyproject.toml --all-extras --group book --group test -c requirements.lock -c requirements-lab.lock \
	    -c requirements-pdf.lock -o requirements-test.lock
	@$(PIN) --no-deps --group packed -o requirements-packed.lock
	@$(PIN) --no-deps --group pyodide -o requirements-pyodide.lock
	@$(PIN) --group tools -o requirements-tools.lock
	@$(PIN) --group chapters -c requirements.lock -o requirements-chapters.lock
	@for sphinx in 8.2 9.0; do \
	    echo "sphinx==$$sphinx.*" | $(PIN) pyproject.toml requirements-newest.txt - --extra cluster --extra doubt \
	        --extra pdf --group book --group test -o requirements-newest-$$sphinx.lock || exit; done

# What was released in the last week waits: a release that is withdrawn in its first days never gets here.
upgrade: ## pin everything anew, what it needs in turn too (AGE="7 days")
	@$(MAKE) lock NEW='--upgrade --exclude-newer "$(AGE)"'
	@for name in hatchling hatch-fancy-pypi-readme pip; do \
	    pin=$$(grep -oE "^$$name==[^ ]+" requirements.lock) && \
	    sed -i.old -E "s/\"$$name==[^\"]+\"/\"$$pin\"/" pyproject.toml && rm pyproject.toml.old; done

dist: $(VENV)/test.done ## make what a release has, into dist, and check it
	@rm -rf dist && $(BIN)/python -m build --no-isolation && $(BIN)/twine check --strict dist/*

# Without prerequisites: the locks are made with what is installed already, which need not fit pyproject.toml yet.
$(VENV)/lock.done:
	@$(MAKE) $(VENV)/test.done
	@touch $@

clean: ## remove everything built; the environment stays
	rm -rf _build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/book.done: requirements.lock requirements-packed.lock pyproject.toml hatch_build.py
	@echo "installing into $(VENV) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed; name one with 'make PYTHON=python3.12 book'" >&2; exit 2; }
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@$(CHECK)
	@touch $@

$(VENV)/lab.done: $(VENV)/book.done requirements-lab.lock
	@$(PIP) --require-hashes -r requirements-lab.lock
	@$(CHECK)
	@touch $@

$(VENV)/pdf.done: $(VENV)/book.done requirements-pdf.lock
	@$(PIP) --require-hashes -r requirements-pdf.lock
	@$(CHECK)
	@touch $@

.venv-newest/%/done: requirements-newest-%.lock requirements-packed.lock pyproject.toml hatch_build.py
	@echo "installing into $(@D) ..."
	@test -d $(@D) || $(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

_build/lighthouse/done: tests/site/npm/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js with npm is needed (Debian: apt-get install npm)" >&2; exit 2; }
	@mkdir -p $(@D) && cp tests/site/npm/package*.json $(@D)
	@npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel error
	@touch $@

.venv-tools/done: requirements-tools.lock
	@echo "installing into $(@D) ..."
	@test -d $(@D) || $(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# pip checks the wheel's hash, the command that of every file which it takes out.
_build/pyodide/pyodide.mjs: requirements-pyodide.lock exegesis/browser/pyodide.json | $(VENV)/book.done
	@mkdir -p _build && rm -rf _build/pyodide.wheel
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --require-hashes \
	    --no-deps --only-binary :all: -r requirements-pyodide.lock -d _build/pyodide.wheel
	@$(BIN)/python -m exegesis.browser.pyodide _build/pyodide.wheel/*.whl _build/pyodide
	@rm -rf _build/pyodide.wheel && touch $@

$(VENV)/test.done: $(VENV)/book.done requirements-test.lock
	@$(PIP) --require-hashes -r requirements-test.lock
	@$(CHECK)
	@touch $@
