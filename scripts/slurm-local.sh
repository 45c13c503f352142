#!/usr/bin/env bash
# A Slurm of this machine alone, for tests and first steps: slurm-local.sh start|stop FOLDER
# Needs Debian's slurm-wlm and munge, and root. Everything lies in FOLDER; afterwards: export SLURM_CONF=FOLDER/slurm.conf
set -euo pipefail
action="${1:?start or stop}"
folder="$(mkdir -p "${2:?folder}" && cd "$2" && pwd)"
host="$(hostname -s)"

stop() {
    for daemon in slurmd slurmctld munged; do
        [[ -f "$folder/$daemon.pid" ]] && kill "$(cat "$folder/$daemon.pid")" 2>/dev/null || true
    done
}

start() {
    mkdir -p "$folder/state" "$folder/spool"
    install -d -m 700 "$folder/munge"
    [[ -f "$folder/munge/key" ]] || (umask 077 && head -c 1024 /dev/urandom > "$folder/munge/key")
    munged --key-file="$folder/munge/key" --socket="$folder/munge/socket" --pid-file="$folder/munge/munged.pid" \
        --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" --force 2> "$folder/munge/warnings"
    cp "$folder/munge/munged.pid" "$folder/munged.pid"
    cat > "$folder/slurm.conf" <<CONF
ClusterName=local
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
SlurmctldPort=${SLURM_LOCAL_PORT:-46817}
SlurmdPort=$((${SLURM_LOCAL_PORT:-46817} + 1))
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
ReturnToService=2
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerParameters=sched_interval=1,batch_sched_delay=0
MinJobAge=3600
KillWait=30
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
    export SLURM_CONF="$folder/slurm.conf"
    slurmctld -c
    slurmd -c
    for _ in $(seq 60); do
        [[ "$(sinfo -h -o %T 2>/dev/null)" == idle ]] && break
        sleep 0.5
    done
    sinfo
    echo "export SLURM_CONF=$SLURM_CONF"
}

case "$action" in
    start) start ;;
    stop) stop ;;
    *) echo "start or stop, got '$action'" >&2; exit 2 ;;
esac
