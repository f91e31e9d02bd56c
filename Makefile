# make demo: the simulated cell, from raw files to a scored map. make test: the fast tests.
# make docs: these pages, the Python API and the executed notebooks as a site, in build/docs.
# make release-check: all that .ci/run does and all that is too slow for it: an hour or two, docs/release.md.
PYTHON ?= python3
# torch goes in first, by its exact pin, so that nothing else chooses another build of it.
TORCH ?= torch==2.13.0
BIN := .venv/bin
READY := .venv/.ready
# Tools of a release, in an environment of their own: their requirements exclude some of ours.
TOOLS := .venv-release/bin

# Bytecode is kept, wherever that is switched off: else each worker and each process that a test
# starts compiles the sources anew, for some seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test test-slow lint types portal portal-check docs lock wheel-check audit \
  citation-check release-check clean

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
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist worksteal

# As a module, so that processes which a test spawns can import it.
test-slow: setup
	PATH="$$PATH:$(CURDIR)/$(TOOLS)" $(BIN)/python -m pytest -m "slow or browser"

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
# they are, for a look at the pages: 52 s of CPU in place of 126 s.
NOTEBOOKS ?= force

docs: setup
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[docs]"
	env -u CYTOWEAVE_STORE OMP_NUM_THREADS=1 $(BIN)/sphinx-build --fail-on-warning --keep-going --quiet \
	  -c docs -d build/doctrees -D nb_execution_mode=$(NOTEBOOKS) . build/docs
	@echo "docs: open build/docs/index.html"

$(TOOLS)/python:
	$(PYTHON) -m venv .venv-release
	$(TOOLS)/python -m pip install --quiet cffconvert pip-audit snakemake uv

# Every library of Cytoweave and its extras with hashes, for each system; torch and what only its builds
# for GPUs need are left to who chooses the build. Pins stay unless they no longer fit: delete them to renew.
lock: $(TOOLS)/python
	$(TOOLS)/uv pip compile pyproject.toml $(EXTRAS:%=--extra %) --universal --python-version 3.11 \
	  --constraint constraints.txt --generate-hashes --no-annotate --quiet \
	  $(OF_TORCH:%=--no-emit-package %) --output-file requirements.lock \
	  --custom-compile-command "make lock" >/dev/null

EXTRAS := dask mlflow mudata ndex rda
OF_TORCH := torch setuptools triton cuda-bindings cuda-pathfinder cuda-toolkit nvidia-cublas \
  nvidia-cuda-cupti nvidia-cuda-nvrtc nvidia-cuda-runtime nvidia-cudnn-cu13 nvidia-cufft nvidia-cufile \
  nvidia-curand nvidia-cusolver nvidia-cusparse nvidia-cusparselt-cu13 nvidia-nccl-cu13 \
  nvidia-nvjitlink nvidia-nvshmem-cu13 nvidia-nvtx

# The wheel, installed from the lock into an empty environment: quick tests, the README's first commands.
wheel-check:
	PYTHON="$(PYTHON)" TORCH="$(TORCH)" scripts/check_wheel.sh

# Known vulnerabilities of every locked library; findings that do not matter here are in SECURITY.md.
audit: $(TOOLS)/python
	$(TOOLS)/pip-audit --strict --disable-pip --require-hashes --requirement requirements.lock

citation-check: $(TOOLS)/python
	$(TOOLS)/cffconvert --validate --infile CITATION.cff

# AUDIT= leaves out what needs a service of vulnerabilities, where none can be reached.
AUDIT ?= audit
release-check: $(TOOLS)/python test portal-check test-slow docs lint types wheel-check citation-check $(AUDIT)

clean:
	rm -rf .venv .venv-release build dist *.egg-info
