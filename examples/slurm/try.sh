#!/bin/bash
# Tries the sweep on a Slurm of one node, this machine, made for the purpose and taken down at the end:
#   try.sh [PARTS]
# On Debian, as root; installs slurm-wlm and munge where they are missing. Needs the release build (make build).
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "$0: expected to be run as root" >&2; exit 2; }
parts=${1:-3}
here=$(cd "$(dirname "$0")" && pwd)
export HIPPODROME=${HIPPODROME:-$here/../../.build/release/hippodrome}
[ -x "$HIPPODROME" ] || { echo "$0: $HIPPODROME: no such command, build it with: make build" >&2; exit 2; }
for command in slurmctld slurmd munged gnuplot; do
  if ! command -v $command > /dev/null; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends slurm-wlm munge gnuplot-nox
    break
  fi
done

# Everything is in a folder of its own: key, socket, configuration, state, logs. Other Slurms of the machine are left alone.
scratch=$(mktemp -d /var/tmp/hippodrome-slurm.XXXXXX)
export SLURM_CONF=$scratch/slurm.conf
started=()
stop() {
  status=$?
  set +e
  scancel --quiet --user=root 2> /dev/null
  sleep 1
  for process in "${started[@]}"; do kill "$process" 2> /dev/null; done
  for process in "${started[@]}"; do wait "$process" 2> /dev/null; done
  if [ $status = 0 ]; then rm -rf "$scratch"; else echo "logs are in $scratch" >&2; fi
  exit $status
}
trap stop EXIT

mkdir "$scratch/state" "$scratch/spool"
dd if=/dev/urandom of="$scratch/munge.key" bs=128 count=1 status=none
chmod 400 "$scratch/munge.key"
# --force: the folder is under one that everybody may write to.
munged --foreground --force --key-file="$scratch/munge.key" --socket="$scratch/munge.socket" \
  --pid-file="$scratch/munged.pid" --seed-file="$scratch/munge.seed" --log-file="$scratch/munged.log" \
  2> "$scratch/munged.err" &
started+=($!)

host=$(hostname -s)
cat > "$SLURM_CONF" <<EOF
ClusterName=try
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
AuthType=auth/munge
# A task that is requeued waits until its old credential has expired.
AuthInfo=socket=$scratch/munge.socket,cred_expire=5
CryptoType=crypto/munge
StateSaveLocation=$scratch/state
SlurmdSpoolDir=$scratch/spool
SlurmctldPidFile=$scratch/slurmctld.pid
SlurmdPidFile=$scratch/slurmd.pid
SlurmctldLogFile=$scratch/slurmctld.log
SlurmdLogFile=$scratch/slurmd.log
# No control groups: a container may not make them.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_interval=5
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
EOF
slurmctld -D > "$scratch/slurmctld.out" 2>&1 &
started+=($!)
slurmd -D > "$scratch/slurmd.out" 2>&1 &
started+=($!)

for _ in $(seq 60); do
  [ "$(sinfo --noheader --format=%T 2> /dev/null)" = idle ] && break
  sleep 0.5
done
sinfo
"$here/submit.sh" "$here/sweep.json" "$parts" "$scratch/sweep"
# The last part is taken from its node once it has recorded something: it starts again and goes on.
while [ ! -f "$scratch/sweep/parts/part-$parts.jsonl" ]; do sleep 0.1; done
scontrol requeue "1_$parts"
while [ -n "$(squeue --noheader 2> /dev/null)" ]; do sleep 1; done

for output in "$scratch"/sweep/slurm-*.out; do
  echo "== ${output##*/}"
  cat "$output"
done
[ -f "$scratch/sweep/report/README.md" ] || { echo "$0: no report was written" >&2; exit 1; }
echo "== report/README.md"
sed -n '1,/^$/p; /^|/p' "$scratch/sweep/report/README.md"
