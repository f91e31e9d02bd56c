# make demo: the simulated cell, from raw files to a scored map. make test: the fast tests.
# make docs: these pages, the Python API and the executed notebooks as a site, in build/docs.
# make release-check: all that .ci/run does, the site, and every slow test: an hour or two.
PYTHON ?= python3
# torch goes in first, by its exact pin, so that nothing else chooses another build of it.
TORCH ?= torch==2.13.0
BIN := .venv/bin
READY := .venv/.ready

.PHONY: setup demo test test-slow lint types portal portal-check docs release-check clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 to 3.13 is needed: make PYTHON=python3.11") if not (3, 11) <= sys.version_info < (3, 14) else None'
	@echo "setup: $(TORCH) (wheel 0.2 GB for CPUs; on Linux from PyPI with CUDA libraries 3 GB), then"
	@echo "  Cytoweave with its libraries and tools for development: about 1 GB, into .venv; nothing else."
	@echo "  For a torch without CUDA: make TORCH='torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu'"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt "$(TORCH)"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

demo: setup
	$(BIN)/cytoweave run overwrite=true

test: setup
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto

test-slow: setup
	$(BIN)/pytest -m "slow or browser"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

# The portal's program from its sources; the check says whether what is committed is what they build.
portal:
	cd web && npm ci --ignore-scripts --silent && node build.mjs

portal-check: web/node_modules
	cd web && npx tsc --noEmit && node build.mjs
	git diff --exit-code --stat -- src/report/atlas web/BUILD.json

web/node_modules: web/package-lock.json
	cd web && npm ci --ignore-scripts --silent
	touch $@

# A warning fails the build, and so does a notebook that does not run. NOTEBOOKS=off leaves them as
# they are, for a look at the pages: a minute in place of four.
NOTEBOOKS ?= force

docs: setup
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[docs]"
	env -u CYTOWEAVE_STORE OMP_NUM_THREADS=1 $(BIN)/sphinx-build --fail-on-warning --keep-going --quiet \
	  -c docs -d build/doctrees -D nb_execution_mode=$(NOTEBOOKS) . build/docs
	@echo "docs: open build/docs/index.html"

release-check: test test-slow portal-check docs lint types

clean:
	rm -rf .venv build dist *.egg-info
