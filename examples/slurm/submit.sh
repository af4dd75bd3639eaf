#!/bin/bash
# Submits a sweep in parts, and a job that merges them:
#   submit.sh SWEEP.json PARTS FOLDER
# Records and slurm's output go to FOLDER. Submitted again with the same FOLDER, it measures what is still missing.
set -euo pipefail
if [ $# != 3 ]; then
  echo "usage: $0 SWEEP.json PARTS FOLDER" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
SWEEP=$(realpath "$1")
mkdir -p "$3/parts"
RESULT=$(realpath "$3")
RECORDS=$RESULT/parts
HIPPODROME=$(realpath "${HIPPODROME:-$here/../../.build/release/hippodrome}")
export SWEEP RESULT RECORDS HIPPODROME

# The jobs run in the current directory, whose commit the records name.
array=$(sbatch --parsable --array="1-$2" --output="$RESULT/slurm-%A-%a.out" "$here/sweep.sbatch")
merge=$(sbatch --parsable --dependency="afterok:$array" --output="$RESULT/slurm-%j.out" "$here/merge.sbatch")
echo "parts: job $array, merge: job $merge"
