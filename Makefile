# newsqa: `make ask Q="why did Kalinowski leave?"` and `make test` set up all they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
DEVELOPING := $(VENV)/.developing
PIP := $(BIN)/python -m pip install --disable-pip-version-check
# Installs a lock and newsqa with an extra. What an index serves is compared with the hashes of the lock, except torch;
# HASHES=no takes the same versions with whatever hashes, for an index that builds its own files.
HASHES ?= yes
ifeq ($(HASHES),no)
install = $(PIP) --progress-bar on -c .ci/constraints.txt -e '.$(2)'
else
install = $(PIP) --progress-bar on --no-deps --require-hashes -r .ci/lock/$(1).txt && \
	$(PIP) --progress-bar on -q -c .ci/constraints.txt --no-build-isolation -e '.$(2)'
endif
LOCK = printf 'hatchling\neditables\npip\n' | uv pip compile -q pyproject.toml - -c .ci/constraints.txt --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-header --no-emit-package torch --no-emit-package newsqa --no-sources

# The data folder of the demonstration, whatever NEWSQA_DATA is.
export NEWSQA_DATA := var/newsqa
INDEXED := $(NEWSQA_DATA)/.seeds
# The question is passed on as typed: make and the shell expand nothing in it.
export QUESTION := $(value Q)
unexport Q
MAKEOVERRIDES =

.PHONY: help ask serve test torture soak fuzz check format eval bench growth pages quotes stories fit confidence means reader graph screenshot screenshots openwebui docs audit lock licenses clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

ask: $(INDEXED) ## answer a question from seeds/: make ask Q="why did Kalinowski leave?"
	@test -n "$$QUESTION" || { echo 'newsqa: no question: write make ask Q="why did Kalinowski leave?"' >&2; exit 2; }
	@$(BIN)/newsqa ask -- "$$QUESTION"

serve: $(INDEXED) ## answer over HTTP on 127.0.0.1:8000 (NEWSQA_HOST, NEWSQA_PORT)
	@$(BIN)/newsqa serve

# A file of tests stays in one process, which has its fixtures.
test: $(DEVELOPING) ## run the tests, on up to two cores
	$(BIN)/python -m pytest -n auto --maxprocesses 2 --dist loadfile

torture: $(DEVELOPING) ## test kills, power losses, corruption, full disks and overload, two hours on an idle machine
	NEWSQA_TORTURE_ROUNDS=whole $(BIN)/python -m pytest tests/torture tests/index/local/test_snapshot.py --ignore tests/torture/test_soak.py

soak: $(DEVELOPING) ## measure the memory of a service under a mixed load, for an hour
	NEWSQA_TORTURE_ROUNDS=whole $(BIN)/python -m pytest tests/torture/test_soak.py

fuzz: $(DEVELOPING) ## fuzz each parser for ten minutes, about ten hours in all
	NEWSQA_FUZZ_SECONDS=600 $(BIN)/python -m pytest tests/fuzz

check: $(DEVELOPING) ## check format, style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(DEVELOPING) ## format the code and apply the fixes of ruff
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The required values are a little below the figures over both halves.
eval: $(DEVELOPING) ## score the answers to the questions of eval/cases/seeds.jsonl
	$(BIN)/newsqa eval run eval/cases/seeds.jsonl --concurrency 2 --require nDCG@10=0.8 --require RR@10=0.84 \
		--require "articles nDCG@10=0.88" --require "citation exactness=1"

bench: $(DEVELOPING) ## measure speed against sentence-transformers in one run, and over 10,000 passages
	$(BIN)/python -m eval.bench

growth: $(DEVELOPING) ## make archives of SIZES passages from the archives FROM, and measure what questions, filters and updates cost
	$(BIN)/python -m eval.growth var/growth $(SIZES) $(FROM:%=--source %) --plot var/growth/growth.svg

.PHONY: hosts
hosts: $(DEVELOPING) ## measure embedding on one host, on two, and on two of which one is lost (needs root and the extra ray)
	$(BIN)/python -m eval.hosts

pages: $(DEVELOPING) ## measure how 90 web pages are read from a site on this machine
	$(BIN)/python -m eval.pages --require 0.95

stories: $(DEVELOPING) ## measure versions, copies and disagreement of stories: make stories SHARED=../shared
	$(BIN)/python -m eval.stories $(SHARED)

.PHONY: race
race: $(DEVELOPING) ## race other systems on the same model: make race SHARED=../shared ARCHIVES="var/growth/10000"
	$(BIN)/newsqa eval race $(SHARED) $(addprefix --archive ,$(ARCHIVES))

quotes: $(DEVELOPING) ## measure which sentence is quoted from a given passage: make quotes SHARED=../shared
	$(BIN)/python -m eval.quotes $(SHARED)

fit: $(DEVELOPING) ## fit the weights of the ranking on development halves: make fit SHARED=../shared
	$(BIN)/python -m eval.fit $(SHARED)

confidence: $(DEVELOPING) ## fit the confidence model: make confidence SHARED=../shared
	$(BIN)/python -m eval.confidence $(SHARED)

means: $(DEVELOPING) ## compute the language means: make means SHARED=../shared
	$(BIN)/python -m eval.means $(SHARED)

reader: $(DEVELOPING) ## train the reader, which marks answers in a text: make reader SHARED=../shared
	$(BIN)/python -m eval.reader $(SHARED)

graph: $(DEVELOPING) ## export the stored graph of the bundled model, after a change of index/model/export.py
	$(BIN)/python -m index.model.export

screenshot: $(DEVELOPING) $(INDEXED) ## take the screenshot in docs/ (needs Chromium)
	$(BIN)/python -m tests.qa.service.routes.screenshot docs/page.png

screenshots: $(DEVELOPING) $(INDEXED) ## take pictures of all states of the page in var/screenshots/ (needs Chromium)
	$(BIN)/python -m tests.qa.service.routes.screenshot var/screenshots

openwebui: $(DEVELOPING) $(INDEXED) ## ask in Open WebUI, installed into var/openwebui (3 GB), and take its pictures for docs/
	$(BIN)/python -m tests.clients.open_webui var/openwebui

docs: $(INDEXED) ## write docs/api.md, after a change of the service's routes
	$(BIN)/python -m qa.service.api_docs > docs/api.md.new
	@mv docs/api.md.new docs/api.md

# In an environment of its own: it shares no packages with newsqa.
audit: $(DEVELOPING) ## look for known vulnerabilities of the locked packages
	@test -x var/audit/bin/pip-audit || { $(PYTHON) -m venv var/audit && var/audit/bin/python -m pip install -q --no-deps \
		--require-hashes -r .ci/lock/audit.txt; } || echo 'skipped: pip-audit cannot be installed'
	@test ! -x var/audit/bin/pip-audit || $(BIN)/python -m tests.audit var/audit/bin/pip-audit

lock: ## write the hashes of .ci/lock for the versions of .ci/constraints.txt (needs uv)
	@command -v uv >/dev/null || { echo 'newsqa: uv is missing: install it, for example with pipx install uv' >&2; exit 1; }
	$(LOCK) -o .ci/lock/required.txt
	$(LOCK) --extra web -o .ci/lock/web.txt
	$(LOCK) --extra web --extra milvus -o .ci/lock/milvus.txt
	$(LOCK) --extra dev -o .ci/lock/dev.txt
	echo pip-audit | uv pip compile -q - -c .ci/constraints.txt --universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-header -o .ci/lock/audit.txt

licenses: $(DEVELOPING) ## write THIRD_PARTY.md, after a change of the locked packages
	$(BIN)/python -m tests.third_party

clean: ## delete the environment, caches and the archive of the demonstration
	rm -rf $(VENV) var/newsqa var/eval dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

$(INDEXED): $(READY) seeds $(wildcard seeds/*.md)
	@$(BIN)/newsqa index seeds --prune
	@touch $@

$(READY): pyproject.toml .ci/constraints.txt .ci/lock/required.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
		{ echo 'newsqa: Python 3.11, 3.12 or 3.13 is needed: set PYTHON, for example PYTHON=python3.12' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@echo 'installing the locked dependencies: a minute the first time'
	$(call install,required,)
	@touch $@

$(DEVELOPING): $(READY) .ci/lock/dev.txt
	@echo 'installing the locked dependencies of tests and tools: a few minutes the first time'
	$(call install,dev,[dev])
	@touch $@
