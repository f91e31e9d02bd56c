#!/usr/bin/env bash
# The wheel in an empty environment: built, installed with the locked libraries outside the checkout,
# then `pip check`, quick tests and the README's first commands. PYTHON= and TORCH= as for make.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
bin=$place/env/bin
step() { echo "wheel-check, $SECONDS s: $1"; }

step "building"
"${PYTHON:-python3}" -m venv "$place/env"
"$bin/pip" wheel --quiet --no-deps --wheel-dir "$place" "$root"
step "installing"
# shellcheck disable=SC2086 # TORCH may hold an index as well
"$bin/pip" install --quiet ${TORCH:-torch==2.13.0}
"$bin/pip" install --quiet --no-deps --require-hashes --requirement "$root/requirements.lock"
"$bin/pip" install --quiet --no-deps "$place"/cytoweave-*.whl
"$bin/pip" check
"$bin/pip" install --quiet "pytest>=8.3"

cp -r "$root/tests" "$root/pyproject.toml" "$place"
cd "$place"
export OMP_NUM_THREADS=1 CYTOWEAVE_STORE=$place/store PATH=$bin:$PATH
python -c 'import cytoweave, sys; sys.exit(not cytoweave.__file__.startswith(sys.prefix))'
step "quick tests"
python -m pytest -q -p no:cacheprovider tests/test_errors.py tests/similarity tests/store \
  tests/nodes/test_ranges.py tests/nodes/test_completion.py tests/maps/test_neighbours.py \
  tests/eval/test_truth.py tests/data/test_networks.py
step "first commands"
cytoweave --version
cytoweave data fetch for=data/opencell dry_run=true >fetch.txt
cytoweave map network="$root/examples/snakemake/pairs.tsv" out=maps/mine
cytoweave run out=maps/demo
for file in maps/mine/hierarchy.nodes maps/demo/{portal/index.html,report.html,hierarchy.cx2,scores.json}; do
  test -s "$file"
done
step "the wheel runs in an empty environment"
