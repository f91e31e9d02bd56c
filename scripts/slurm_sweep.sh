#!/usr/bin/env bash
# A study by N workers of one Slurm array, without keeping a terminal open:
#
#   sbatch --array=1-16 --time=12:00:00 --cpus-per-task=1 --mem=8G scripts/slurm_sweep.sh \
#     search=map data=bioplex_lopit trials=500 out=/shared/studies/bioplex
#
# Every task is one worker of the same study; whichever ends last sums it up. A task that is killed
# loses the trial it had under way, which another one takes; submit again to go on. The folder that
# out= names, and the store, must be on a file system that all nodes share and that supports flock
# (NFS from version 4, Lustre mounted with `flock`). With thousands of short trials, give
# storage=postgresql://USER@HOST/NAME in place of the journal file.
#
# From a login node that may wait, `cytoweave sweep launcher=submitit workers=16 ...` does the same.
#SBATCH --job-name=cytoweave-sweep
set -euo pipefail
: "${CYTOWEAVE_STORE:?name a folder that all nodes share}"
export OMP_NUM_THREADS="${SLURM_CPUS_PER_TASK:-1}"
exec cytoweave sweep workers=1 "$@"
