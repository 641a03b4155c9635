#!/bin/sh
# Submits the array, and the job that merges what its tasks did. Options of sbatch may follow: submit.sh --partition=long
set -eu
cd "$(dirname "$0")"
array=$(sbatch --parsable "$@" array.sbatch)
merge=$(sbatch --parsable --dependency="afterany:${array%%;*}" merge.sbatch)
echo "submitted: array ${array%%;*} ({{tasks}} tasks), then ${merge%%;*} (report and verify)"
