#!/bin/bash
# A Slurm of one node for tests: slurm.sh FOLDER CONTROLLER_PORT NODE_PORT
#
# Everything is in FOLDER: configuration, keys, sockets, state. It says "ready" when jobs can be submitted with
# SLURM_CONF=FOLDER/slurm.conf, or why they cannot, and then runs until its stdin is closed. What it started it stops.
set -u
folder=$1
daemons=()

stop() {
  trap - EXIT TERM INT HUP
  # In the order in which they need each other, the controller's script runner with it.
  for ((i = ${#daemons[@]} - 1; i >= 0; i--)); do
    kill "${daemons[$i]}" 2>/dev/null
    for _ in $(seq 50); do kill -0 "${daemons[$i]}" 2>/dev/null || break; sleep 0.1; done
    kill -9 "${daemons[$i]}" 2>/dev/null
  done
}
trap stop EXIT
trap 'exit 0' TERM INT HUP

fail() {
  echo "$1"
  exit 1
}

[ "$(id -u)" = 0 ] || fail 'needs root'
PATH=$PATH:/usr/sbin:/sbin
for program in munged slurmctld slurmd sbatch squeue scontrol scancel; do
  command -v "$program" >/dev/null || fail "needs $program (slurm-wlm, munge)"
done

mkdir -p "$folder"/{state,spool,munge}
chmod 755 "$folder" && chmod 711 "$folder/munge"
head -c 1024 /dev/urandom >"$folder/munge/key" && chmod 400 "$folder/munge/key"
host=$(hostname -s)
cat >"$folder/slurm.conf" <<CONF
ClusterName=darkroom
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$2
SlurmdPort=$3
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A job that goes back into the queue waits as long as its credentials last, s.
AuthInfo=socket=$folder/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=20
MinJobAge=600
MaxArraySize=101
# More than there are: what waits for a disk needs none.
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=8 Boards=1 SocketsPerBoard=1 CoresPerSocket=8 ThreadsPerCore=1 RealMemory=64000 State=UNKNOWN
PartitionName=low Nodes=$host Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=high Nodes=$host MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
CONF
export SLURM_CONF=$folder/slurm.conf

munged --force --foreground --key-file="$folder/munge/key" --socket="$folder/munge/socket" \
  --pid-file="$folder/munge/pid" --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" \
  >"$folder/munged.out" 2>&1 </dev/null &
daemons+=($!)
for _ in $(seq 50); do [ -S "$folder/munge/socket" ] && break; sleep 0.1; done
slurmctld -D -c >"$folder/slurmctld.out" 2>&1 </dev/null &
daemons+=($!)
slurmd -D >"$folder/slurmd.out" 2>&1 </dev/null &
daemons+=($!)
for _ in $(seq 150); do
  sinfo -h -o %T 2>/dev/null | grep -q idle && break
  sleep 0.1
done
sinfo -h -o %T 2>/dev/null | grep -q idle || fail "Slurm does not start here: $(tail -n 1 "$folder/slurmctld.log" "$folder/slurmd.log" "$folder/munge/log" 2>/dev/null | tr '\n' ' ')"
echo ready
read -r _
